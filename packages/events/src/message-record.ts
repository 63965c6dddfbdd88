import * as z from 'zod/mini';
import { bytes } from './bytes.ts';
import { labelFields } from './labels.ts';

/** What a part of a message is picked from. */
export const messageFields = z.object({
  kind: z.literal('message'),
  ...labelFields,
  eventId: z.optional(z.string()),
  /** The body that is delivered, packed by `packPayload`; absent when an object has it. */
  payload: z.optional(bytes),
  /** The object that has the packed body instead, and how large both are. Its key follows from the message's. */
  payloadObject: z.optional(z.object({ bytes: z.int(), packedBytes: z.int() })),
  encoding: z.enum(['identity', 'deflate']),
  /** Milliseconds since 1970. */
  acceptedAt: z.int(),
  /** Milliseconds since 1970 before which nothing of it is sent; what it lives for counts from then. */
  deliverAt: z.optional(z.int()),
  /** Where its due item lies, which is later where the message was written late. */
  dueAt: z.optional(z.int()),
  /** Milliseconds since 1970, when it was called off before it was due. */
  cancelledAt: z.optional(z.int()),
  /** Milliseconds since 1970, when its content was taken away for good. Its payload is empty then, and has expired. */
  expungedAt: z.optional(z.int()),
  /** Milliseconds since 1970, when an operator put it back from the archive: nobody gets it by that. */
  restoredAt: z.optional(z.int()),
  /** Of a message that waits for its time: the log in which it takes its place then, where that is not the default one. */
  orderingKey: z.optional(z.string()),
  /** Its place in the log of its ordering key; absent where the application had no ordered endpoint when it took its place. */
  order: z.optional(z.object({ key: z.string(), number: z.int() })),
  /** The application's version when the message was accepted: endpoints made later do not get it. */
  appVersion: z.number(),
  correlationId: z.string(),
  /** Epoch seconds after which the body must not be shown. */
  payloadExpiresAt: z.number(),
  /** Epoch seconds after which the item counts as gone, whether the table has deleted it yet or not. */
  expiresAt: z.number(),
});

/**
 * A message as it stands in the table. Written once by whoever accepts it; its insert is what fan-out reads. One that is
 * to be delivered later is written together with a due item, whose removal is what fan-out reads instead.
 */
export const messageRecord = messageFields.check(
  z.refine(({ payload, payloadObject }) => payload !== undefined || payloadObject !== undefined, {
    path: ['payload'],
    error: 'must be bytes, or stand in an object',
  }),
);

export type MessageRecord = z.infer<typeof messageRecord>;

/** A message's place in a log. */
export type Place = NonNullable<MessageRecord['order']>;
