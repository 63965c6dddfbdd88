import * as z from 'zod/mini';

/** Where failed work waits, and for dead letters where it came from. */
export const failureStore = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('dead-letters'), name: z.string(), queueUrl: z.string(), sourceUrl: z.string() }),
  z.object({ kind: z.literal('records-queue'), name: z.string(), queueUrl: z.string() }),
  z.object({ kind: z.literal('records-bucket'), name: z.string(), bucket: z.string() }),
]);
export type FailureStore = z.infer<typeof failureStore>;

/** What the function `refan` is asked for: messages by name, or by the time they were accepted in. */
export const refanRequest = z.looseObject({});
export type RefanRequest = z.infer<typeof refanRequest>;

/** A record that is being done: what is still to be asked for, and how it is taken away when that is done. */
const recordInHand = z.object({
  id: z.string(),
  /** Of a queue's message; that of a bucket is its id. */
  handle: z.optional(z.string()),
  requests: z.array(refanRequest),
});
export type RecordInHand = z.infer<typeof recordInHand>;

/**
 * Why a run ends. `all-met`: as many were looked at as were there. `empty`: nothing is there any more. `too-many-stay`: as
 * much is set aside as can be given back. `idle`: nothing got done several times in a row, and something is left.
 */
const endReason = z.enum(['all-met', 'empty', 'too-many-stay', 'idle']);
export type EndReason = z.infer<typeof endReason>;

const progress = z.object({
  /** What was first sent after this is left for the next redrive. */
  beganAt: z.number(),
  /** What was there then, about: SQS counts approximately. */
  there: z.number(),
  /** Moved, or done again. Counted at the end of a step: of one that crashed half way more may have been done. */
  done: z.number(),
  /** Tasks that were published for records. */
  published: z.number(),
  /** Sent, and not deleted: they stand in both queues, and what comes twice is done once. */
  notDeleted: z.number(),
  /** Seen, and left because they came meanwhile. */
  newer: z.number(),
  /** What stays, and why: the first of it, as the data of an execution is bounded. */
  failed: z.array(z.object({ id: z.string(), reason: z.string() })),
  /** How many more stay. */
  alsoFailed: z._default(z.number(), 0),
  /** Steps in a row that got nothing done. */
  idle: z.number(),
  /** When the rate allows to go on, in milliseconds since 1970. */
  goesOnAt: z.number(),
  /** Messages that were looked at, by their ids, and the handles by which they are shown again at the end. */
  held: z.record(z.string(), z.string()),
  /** The last object of a bucket that was looked at. */
  after: z.optional(z.string()),
  hand: z.optional(recordInHand),
  /** Of a run that has ended. */
  endReason: z.optional(endReason),
});
export type Progress = z.infer<typeof progress>;

/** What went wrong with a call of the state machine. */
const failure = z.object({ Error: z.string(), Cause: z.optional(z.string()) });
export type CallFailure = z.infer<typeof failure>;

/** The data of an execution: all that is known of a run. A version of this service reads that of the one before. */
export const runState = z.object({
  /** The name that all its executions begin with. */
  run: z.string(),
  execution: z.int(),
  /** Steps that this execution has taken. */
  page: z.int(),
  store: failureStore,
  ratePerSecond: z.int().check(z.positive()),
  /** Absent until the first step has ended. */
  progress: z.optional(progress),
  /** What came of the call that the last step asked for. */
  answered: z.optional(z.object({ answer: z.unknown() })),
  failure: z.optional(failure),
});
export type RunState = z.infer<typeof runState>;

/** How a step ends. `call`: `refan` is to be called. `again`: the next step. `wait`: likewise, later. */
export type StepEnd =
  | { readonly next: 'again' | 'end'; readonly progress: Progress }
  | { readonly next: 'wait'; readonly progress: Progress; readonly waitSeconds: number }
  | { readonly next: 'call'; readonly progress: Progress; readonly call: RefanRequest };

/** Where a run begins. */
export const beginning = (there: number, nowMs: number): Progress => ({
  ...{ beganAt: nowMs, there, done: 0, published: 0, notDeleted: 0, newer: 0, idle: 0, goesOnAt: nowMs },
  ...{ failed: [], alsoFailed: 0, held: {} },
});

/** A reason that fits into the data of an execution, a hundred times. */
export const shortened = (reason: string): string => reason.slice(0, 200);
