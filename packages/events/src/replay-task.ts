import * as z from 'zod/mini';

/** What a replay sends again. The names are the API's. */
export const replayKind = z.enum([
  /** What failed, and has not succeeded since. */
  'endpoint.recover',
  /** What the endpoint would get and was never sent. */
  'endpoint.replay',
  /** What was sent and matches a filter. */
  'endpoint.bulk-replay',
]);

/** What of the messages sent before is sent again. Absent: all of it. */
export const replayFilter = z.object({
  eventTypes: z.optional(z.array(z.string())),
  channel: z.optional(z.string()),
  tag: z.optional(z.string()),
  /** How the delivery stands, as the API counts: 0 succeeded, 2 failed, 3 has an attempt to come. */
  status: z.optional(z.int()),
  /** 400 for 404; 0 where there was no HTTP answer. */
  statusCodeClass: z.optional(z.int()),
});

/** A replay as a background task. Times are in milliseconds since 1970. */
export const replayTask = z.object({
  kind: z.literal('background-task'),
  id: z.string(),
  task: replayKind,
  status: z.enum(['running', 'finished', 'failed']),
  /**
   * Why it failed: `canceled`, `application-deleted`, `endpoint-deleted`, `endpoint-disabled`,
   * `endpoint-ordered`, `fault` or `stalled`, of this version.
   */
  reason: z.optional(z.string()),
  appId: z.string(),
  endpointId: z.string(),
  /** Both inclusive. */
  since: z.int(),
  until: z.int(),
  filter: z.optional(replayFilter),
  /** It counts, and sends nothing. */
  dryRun: z.optional(z.literal(true)),
  /** A hash of what was asked for: another call that asks for the same joins this task. */
  request: z.string(),
  /** How many of its steps ended: each step says which one it follows, so that of two at the same time one counts. */
  step: z.int(),
  /** The id of the last attempt or message that was looked at; absent before the first. */
  cursor: z.optional(z.string()),
  scanned: z.int(),
  matched: z.int(),
  sent: z.int(),
  /** What held up the last step: `breaker`, `paused`, `parked` or `lanes-are-full`, of this version. */
  waitsFor: z.optional(z.string()),
  createdAt: z.int(),
  updatedAt: z.int(),
  /** Epoch seconds. */
  expiresAt: z.number(),
});

export type ReplayKind = z.infer<typeof replayKind>;
export type ReplayFilter = z.infer<typeof replayFilter>;
export type ReplayTask = z.infer<typeof replayTask>;
