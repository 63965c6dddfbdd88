import * as z from 'zod/mini';
import { labelFields } from './labels.ts';

/** How one attempt ended. */
export const attemptOutcome = z.enum([
  /** The endpoint answered; `responseStatusCode` says what. */
  'answered',
  /** No complete answer within the time allowed. */
  'timed-out',
  /** No connection, no name, a reset, a broken answer. */
  'unreachable',
  /** We did not send: the address is not allowed, the endpoint is disabled or gone. */
  'refused',
]);

/** One attempt of one message to one endpoint. Its key is derived, so that recording it twice is recording it once. */
export const attemptRecord = z.object({
  kind: z.literal('attempt'),
  id: z.string(),
  /** 1 for the first attempt. */
  attempt: z.number(),
  trigger: z.enum(['scheduled', 'manual']),
  succeeded: z.boolean(),
  outcome: attemptOutcome,
  /** 0 when there was no HTTP answer. */
  responseStatusCode: z.number(),
  /** The answer's body cut to what is kept, or why there is none. */
  response: z.string(),
  /** Milliseconds since 1970, when the answer's body was taken away for good. */
  expungedAt: z.optional(z.int()),
  responseDurationMs: z.number(),
  /** What the receiver asked for in its answer, by the header `webhook-delivery`. */
  receiverAsks: z.optional(z.enum(['disable', 'abort-message'])),
  /** `updatedAt` of the endpoint as it was sent to; there only where its answer says that it wants nothing any more. */
  endpointAsOf: z.optional(z.string()),
  url: z.string(),
  ...labelFields,
  /** Milliseconds since 1970, when the attempt began: the signed timestamp. */
  attemptedAt: z.number(),
  /** Milliseconds since 1970 of the attempt that follows; absent when none does. */
  nextAttemptAt: z.optional(z.number()),
  /** `copyId` of the task that recorded this attempt and answers for the next one; absent when none follows. */
  recordedBy: z.optional(z.string()),
  expiresAt: z.number(),
});

export type AttemptOutcome = z.infer<typeof attemptOutcome>;
export type AttemptRecord = z.infer<typeof attemptRecord>;
