import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { type AttemptOutcome, GONE } from './next-step.ts';

/** Why an endpoint is disabled for good: it answered 410, its receiver asked for it, or nothing but failure for days. */
export type DisableReason = 'gone' | 'asked' | 'failing';

/** What an attempt changes about its endpoint. Times are of the attempt, in milliseconds since 1970. */
export type HealthChange =
  | { readonly kind: 'fails'; readonly since: number }
  | { readonly kind: 'recovered'; readonly at: number }
  /** Unless its owner has changed it since the attempt: what was answered then is not about what stands now. */
  | { readonly kind: 'disable'; readonly reason: 'gone' | 'asked'; readonly attemptedAt: number }
  /** Unless it has answered in between. */
  | { readonly kind: 'disable'; readonly reason: 'failing'; readonly since: number };

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
  const { failingSince } = endpoint;
  if (record.succeeded) return failingSince === undefined ? undefined : { kind: 'recovered', at: record.attemptedAt };
  if (failingSince === undefined) return { kind: 'fails', since: record.attemptedAt };
  if (record.attemptedAt - failingSince < failingLimitMs) return undefined;
  return { kind: 'disable', reason: 'failing', since: failingSince };
};

/** What the record of an attempt says that has to be done to its endpoint, also when it is read again later. */
export const disablingAnswer = (record: AttemptRecord): HealthChange | undefined => {
  const { responseStatusCode, receiverAsks, attemptedAt } = record;
  if (responseStatusCode === GONE) return { kind: 'disable', reason: 'gone', attemptedAt };
  return receiverAsks === 'disable' ? { kind: 'disable', reason: 'asked', attemptedAt } : undefined;
};
