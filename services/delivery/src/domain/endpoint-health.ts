import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { type AttemptOutcome, GONE } from './next-step.ts';

/** Why an endpoint is disabled for good: it answered 410, its receiver asked for it, or nothing but failure for days. */
export type DisableReason = 'gone' | 'asked' | 'failing';

/** What an attempt changes about its endpoint. Times are of the attempt, in milliseconds since 1970. */
export type HealthChange =
  /** Unless its owner has changed it since it was read for the attempt: one that begins anew owes nothing to this. */
  | { readonly kind: 'fails'; readonly since: number; readonly asOf: { readonly updatedAt: string } }
  /** The time of failure ends that began at `since`. */
  | { readonly kind: 'recovered'; readonly since: number }
  /**
   * Unless its owner has changed it since it was read for the attempt: what was answered is not about what stands now. No
   * clock has a say in that.
   */
  | { readonly kind: 'disable'; readonly reason: 'gone' | 'asked'; readonly asOf: AsOf }
  /** Unless it has answered in between. */
  | { readonly kind: 'disable'; readonly reason: 'failing'; readonly asOf: AsOf; readonly since: number };

/** Which state of an endpoint an attempt was made to. */
export type AsOf =
  /** Its `updatedAt`, which is another one after each change of its owner's. */
  | { readonly updatedAt: string }
  /** In milliseconds since 1970: all that records say which were written before they named the state. */
  | { readonly attemptedAt: number };

/**
 * What an attempt that was just made changes about its endpoint: nothing, for one that answers as it did before. Only the
 * turn from answering to failing and back is written, so an endpoint that always answers costs nothing.
 */
export const healthChange = (
  record: AttemptRecord,
  outcome: AttemptOutcome,
  endpoint: EndpointRecord | undefined,
  failingLimitMs: number,
): HealthChange | undefined => {
  if (endpoint === undefined || outcome.kind === 'refused') return undefined;
  const wanted = disablingAnswer(record);
  if (wanted !== undefined) return wanted;
  const { failingSince, updatedAt } = endpoint;
  if (record.succeeded) return failingSince === undefined ? undefined : { kind: 'recovered', since: failingSince };
  if (failingSince === undefined) return { kind: 'fails', since: record.attemptedAt, asOf: { updatedAt } };
  if (record.attemptedAt - failingSince < failingLimitMs) return undefined;
  return { kind: 'disable', reason: 'failing', asOf: { updatedAt }, since: failingSince };
};

/** What the record of an attempt says that has to be done to its endpoint, also when it is read again later. */
export const disablingAnswer = (record: AttemptRecord): HealthChange | undefined => {
  const { responseStatusCode, receiverAsks, attemptedAt, endpointAsOf } = record;
  const asOf = endpointAsOf === undefined ? { attemptedAt } : { updatedAt: endpointAsOf };
  if (responseStatusCode === GONE) return { kind: 'disable', reason: 'gone', asOf };
  return receiverAsks === 'disable' ? { kind: 'disable', reason: 'asked', asOf } : undefined;
};
