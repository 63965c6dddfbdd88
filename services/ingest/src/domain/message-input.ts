import type { Problem, Refusal } from '@fanfare/core/http/answer';
import { checked, parseBody } from '@fanfare/core/http/body';
import { label, messageTag, retentionDays, time, uid } from '@fanfare/core/http/field';
import { err, ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { orderingKey, orderingKeyOf, saysOneOrderingKey, transformationsParams } from './ordering-key-input.ts';
import { memberText } from './payload-slice.ts';

/** What a producer posts, checked. `body` is the payload's text byte for byte as it was posted. */
export type MessageInput = {
  readonly eventType: string;
  readonly eventId?: string;
  readonly channels?: readonly string[];
  /** Absent where there are none. */
  readonly tags?: readonly string[];
  /** Absent where the application decides how long the payload is kept. */
  readonly payloadRetentionHours?: number;
  /** Milliseconds since 1970. */
  readonly deliverAt?: number;
  /** Absent for the log of messages that have none. */
  readonly orderingKey?: string;
  readonly body: string;
};

/**
 * The largest payload. Its request and its answer hold it as JSON text within JSON text, at most twice as long, which is far
 * from the 6 MB of Lambda and the 10 MB of an HTTP API.
 */
export const PAYLOAD_LIMIT_BYTES = 1024 * 1024;

const MAX_CHANNELS = 5;
/** Each attempt has them too: with 20 of the longest it costs eight write units in place of two. */
const MAX_TAGS = 20;
const DAY_HOURS = 24;
const payloadObject = z.record(z.string(), z.unknown(), 'must be a JSON object');
const notYet = (what: string) => z.optional(z.nullable(z.never(`${what} cannot be used yet`)));

const fields = z.object({
  eventType: label,
  eventId: z.optional(z.nullable(uid('msg'))),
  channels: z.optional(
    z.nullable(
      z
        .array(label)
        .check(z.minLength(1, 'must not be empty'), z.maxLength(MAX_CHANNELS, `must be at most ${MAX_CHANNELS}`)),
    ),
  ),
  tags: z.optional(z.nullable(z.array(messageTag).check(z.maxLength(MAX_TAGS, `must be at most ${MAX_TAGS}`)))),
  payloadRetentionPeriod: z.optional(z.nullable(retentionDays)),
  payloadRetentionHours: z.optional(
    z.nullable(
      z
        .int('must be a whole number of hours')
        .check(z.minimum(1, 'must be at least 1'), z.maximum(2160, 'must be at most 2160, which is 90 days')),
    ),
  ),
  payload: z.optional(payloadObject),
  data: z.optional(payloadObject),
  deliverAt: z.optional(z.nullable(time)),
  // To take these in silence would send the wrong thing.
  application: notYet('an application to be made'),
  orderingKey: z.optional(z.nullable(orderingKey)),
  transformationsParams,
});
const schema = fields.check(
  saysOneOrderingKey,
  z.refine<{ payloadRetentionPeriod?: number | null | undefined; payloadRetentionHours?: number | null | undefined }>(
    ({ payloadRetentionPeriod: days, payloadRetentionHours: hours }) => days == null || hours == null,
    { message: 'must not be given beside payloadRetentionPeriod', path: ['payloadRetentionHours'] },
  ),
);

/** Reads the body of POST message. Refuses with every problem at once, each at its field. */
export const readMessage = (text: string): Result<MessageInput, Refusal> => {
  const parsed = parseBody(text, schema);
  if (!parsed.ok) return parsed;
  const body = memberText(text, ['payload', 'data']);
  return body === undefined ? err(NO_PAYLOAD) : inputOf(parsed.value, body, PAYLOAD);
};

/**
 * Reads a message whose fields and payload come apart. Problems of fields are told at `root`, those of the payload at `body`.
 * `payload` is JSON text.
 */
export const readMessageParts = (
  given: Readonly<Record<string, unknown>>,
  payload: string,
  root: string,
): Result<MessageInput, Refusal> => {
  const [parsed, document] = [checked(given, schema, root), parseBody(payload, payloadObject)];
  if (parsed.ok && document.ok) return inputOf(parsed.value, payload.trim(), ['body']);
  return err({ kind: 'invalid', problems: [parsed, document].flatMap((one) => (one.ok ? [] : problemsOf(one.error))) });
};

const problemsOf = (why: Refusal): readonly Problem[] => (why.kind === 'invalid' ? why.problems : []);

const PAYLOAD = ['body', 'payload'];
const NO_PAYLOAD: Refusal = {
  kind: 'invalid',
  problems: [{ loc: PAYLOAD, msg: 'is missing', type: 'value_error' }],
};

/** `loc` is where the payload stands. */
const inputOf = (given: z.infer<typeof schema>, body: string, loc: Problem['loc']): Result<MessageInput, Refusal> => {
  if (Buffer.byteLength(body) > PAYLOAD_LIMIT_BYTES)
    return err({ kind: 'too-large', limitBytes: PAYLOAD_LIMIT_BYTES, loc });
  const { eventType, eventId, channels, tags, payloadRetentionPeriod: days, deliverAt } = given;
  const hours = given.payloadRetentionHours ?? (days == null ? undefined : days * DAY_HOURS);
  const ordering = orderingKeyOf(given);
  return ok({
    eventType,
    body,
    ...(hours === undefined ? {} : { payloadRetentionHours: hours }),
    ...(eventId == null ? {} : { eventId }),
    ...(channels == null ? {} : { channels }),
    ...(tags == null || tags.length === 0 ? {} : { tags }),
    ...(deliverAt == null ? {} : { deliverAt }),
    ...(ordering === undefined ? {} : { orderingKey: ordering }),
  });
};
