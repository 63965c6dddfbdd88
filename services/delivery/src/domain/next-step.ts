import { unreachable } from '@fanfare/core/unreachable';
import { type RetryPolicy, retryDelay } from './retry-policy.ts';

/** What happened when we called, or did not call, the customer's endpoint once. */
export type AttemptOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The beginning of the answer's body. */
      readonly body: Uint8Array;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The name has an address that nothing may be sent to. Names change, so this may heal. */
  | { readonly kind: 'blocked' }
  /** There was nothing to send, or nobody to send it to. */
  | { readonly kind: 'refused'; readonly reason: string };

export type NextStep =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | { readonly kind: 'give-up'; readonly reason: 'schedule-ended' | 'gone' | 'refused' };

/** By this answer an endpoint says that it wants nothing any more. */
const GONE = 410;

/** Decides what to do after attempt number `attempt` (1-based). `jitter` is in [0, 1). */
export const nextStep = (outcome: AttemptOutcome, attempt: number, policy: RetryPolicy, jitter: number): NextStep => {
  switch (outcome.kind) {
    case 'answered':
      if (isSuccess(outcome.status)) return { kind: 'delivered' };
      if (outcome.status === GONE) return { kind: 'give-up', reason: 'gone' };
      return retryOrGiveUp(attempt, policy, jitter, outcome.retryAfterSeconds);
    case 'timed-out':
    case 'unreachable':
    case 'blocked':
      return retryOrGiveUp(attempt, policy, jitter);
    case 'refused':
      return { kind: 'give-up', reason: 'refused' };
    default:
      return unreachable(outcome);
  }
};

/** A redirect is a failure: it is never followed. */
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const retryOrGiveUp = (attempt: number, policy: RetryPolicy, jitter: number, retryAfterSeconds?: number): NextStep => {
  const delay = retryDelay(attempt, policy, jitter, retryAfterSeconds);
  return delay.kind === 'wait'
    ? { kind: 'retry', delaySeconds: delay.seconds }
    : { kind: 'give-up', reason: delay.kind };
};
