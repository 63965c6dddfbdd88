import * as z from 'zod/mini';

/**
 * A line of the archive: one message or one attempt, for years. Names are in snake case because columns of a table are not
 * told apart by their case. Times are milliseconds since 1970. A field is never renamed or made mandatory: `v` changes
 * instead, and both versions are read.
 *
 * What is content (a payload, an endpoint's answer) is sealed with the data key of its application, in base64. It is absent
 * where it was not to be kept, was expunged, or where the application was gone already.
 */
const common = {
  v: z.literal(1),
  org_id: z.string(),
  app_id: z.string(),
  /** The message's or the attempt's. */
  id: z.string(),
  event_type: z.string(),
  channels: z.optional(z.array(z.string())),
  tags: z.optional(z.array(z.string())),
  expunged_at: z.optional(z.int()),
} as const;

export const archivedMessage = z.object({
  ...common,
  kind: z.literal('message'),
  event_id: z.optional(z.string()),
  accepted_at: z.int(),
  deliver_at: z.optional(z.int()),
  cancelled_at: z.optional(z.int()),
  app_version: z.number(),
  correlation_id: z.string(),
  encoding: z.enum(['identity', 'deflate']),
  /** Of a payload that an object had: how long it was, in bytes, as it was posted. */
  object_bytes: z.optional(z.int()),
  /** The packed body, sealed. */
  content: z.optional(z.string()),
  /** Whether an object of its own has that instead, whose key follows from the row. */
  content_object: z.optional(z.boolean()),
});

export const archivedAttempt = z.object({
  ...common,
  kind: z.literal('attempt'),
  msg_id: z.string(),
  endpoint_id: z.string(),
  attempt: z.int(),
  trigger: z.enum(['scheduled', 'manual']),
  succeeded: z.boolean(),
  outcome: z.string(),
  status_code: z.int(),
  duration_ms: z.number(),
  url: z.string(),
  attempted_at: z.int(),
  next_attempt_at: z.optional(z.int()),
  /** What the endpoint answered, sealed. */
  content: z.optional(z.string()),
});

export const archiveRow = z.discriminatedUnion('kind', [archivedMessage, archivedAttempt]);

export type ArchivedMessage = z.infer<typeof archivedMessage>;
export type ArchivedAttempt = z.infer<typeof archivedAttempt>;
export type ArchiveRow = z.infer<typeof archiveRow>;

/**
 * What two rows of the same message or attempt come to, in whichever order and however often they are put together: what
 * was once expunged has no content any more, what was once called off stays so.
 */
export const togetherWith = <Row extends ArchiveRow>(one: Row, other: Row): Row => {
  const both = { ...other, ...one, ...earliest('cancelled_at', one, other) };
  const expunged = earliest('expunged_at', one, other);
  if (expunged.expunged_at === undefined) return both;
  const { content: _content, content_object: _object, ...rest } = both as Row & { content_object?: boolean };
  return { ...rest, ...expunged } as Row;
};

const earliest = (
  name: 'expunged_at' | 'cancelled_at',
  ...rows: readonly { readonly [key: string]: unknown }[]
): Partial<Record<typeof name, number>> => {
  const times = rows.map((row) => row[name]).filter((time) => typeof time === 'number');
  return times.length === 0 ? {} : { [name]: Math.min(...times) };
};
