import { unreachable } from '@fanfare/core/unreachable';
import { type RetrySchedule, retryDelay } from './retry-policy.ts';

/** What happened when we called, or did not call, the customer's endpoint once. */
export type AttemptOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The beginning of the answer's body. */
      readonly body: Uint8Array;
      readonly retryAfterSeconds?: number;
      readonly asks?: ReceiverAsks;
    }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** Nothing may be sent there: an address that is not public, a destination that is not allowed. This may heal. */
  | { readonly kind: 'blocked'; readonly reason?: string }
  /** There was nothing to send, or nobody to send it to. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The receiver's word on what is to follow: nothing to this endpoint any more, or no more of this message. */
export type ReceiverAsks = 'disable' | 'abort-message';

export type NextStep =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delaySeconds: number }
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason };

export type GiveUpReason =
  | 'schedule-ended'
  | 'refused'
  /** 410. */
  | 'gone'
  /** The receiver asked for it. */
  | 'asked'
  /** It was asked for by hand, once. */
  | 'manual';

/** By this answer an endpoint says that it wants nothing any more. */
export const GONE = 410;

/** Decides what to do after attempt number `attempt` (1-based). `jitter` is in [0, 1). */
export const nextStep = (
  outcome: AttemptOutcome,
  attempt: number,
  schedule: RetrySchedule,
  jitter: number,
): NextStep => {
  switch (outcome.kind) {
    case 'answered':
      if (isSuccess(outcome.status)) return { kind: 'delivered' };
      if (outcome.status === GONE) return { kind: 'give-up', reason: 'gone' };
      if (outcome.asks !== undefined) return { kind: 'give-up', reason: 'asked' };
      return retryOrGiveUp(attempt, schedule, jitter, outcome.retryAfterSeconds);
    case 'timed-out':
    case 'unreachable':
    case 'blocked':
      return retryOrGiveUp(attempt, schedule, jitter);
    case 'refused':
      return { kind: 'give-up', reason: 'refused' };
    default:
      return unreachable(outcome);
  }
};

/** An attempt that was asked for by hand leaves the automatic ones alone, and has none of its own. */
export const manualStep = (step: NextStep): NextStep =>
  step.kind === 'retry' ? { kind: 'give-up', reason: 'manual' } : step;

/** A redirect is a failure: it is never followed. */
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const retryOrGiveUp = (
  attempt: number,
  schedule: RetrySchedule,
  jitter: number,
  retryAfterSeconds?: number,
): NextStep => {
  const delay = retryDelay(attempt, schedule, jitter, retryAfterSeconds);
  return delay.kind === 'wait'
    ? { kind: 'retry', delaySeconds: delay.seconds }
    : { kind: 'give-up', reason: delay.kind };
};
