import { ORDERING_KEY_LIMIT } from '@fanfare/events/ordered-log';
import * as z from 'zod/mini';

/** Without a dot, so that no caller's key is the one of messages that have none. */
export const orderingKey = z
  .string('must be a text')
  .check(
    z.minLength(1, { error: 'must not be empty', abort: true }),
    z.maxLength(ORDERING_KEY_LIMIT, `must be at most ${ORDERING_KEY_LIMIT} characters`),
    z.regex(/^[\w-]*$/, 'may hold letters, digits, "-" and "_" only'),
  );

/**
 * The one field of a message by which the official client libraries pass on what they do not know. To take anything else of it
 * in silence would send the wrong thing.
 */
export const transformationsParams = z.optional(
  z.nullable(
    z.strictObject(
      { orderingKey: z.optional(z.nullable(orderingKey)) },
      'may hold an orderingKey and nothing else: a raw payload cannot be used yet',
    ),
  ),
);

type Given = {
  readonly orderingKey?: string | null | undefined;
  readonly transformationsParams?: { readonly orderingKey?: string | null | undefined } | null | undefined;
};

/** What is said twice has to be the same. */
export const saysOneOrderingKey = z.refine<Given>(
  ({ orderingKey: own, transformationsParams: params }) =>
    own == null || params?.orderingKey == null || own === params.orderingKey,
  { message: 'is not the orderingKey of the message', path: ['transformationsParams', 'orderingKey'] },
);

export const orderingKeyOf = ({ orderingKey: own, transformationsParams: params }: Given): string | undefined =>
  own ?? params?.orderingKey ?? undefined;
