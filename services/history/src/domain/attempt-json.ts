import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { Attempt } from './history.ts';

/** The API's numbers for how an attempt, or a whole delivery, stands. `pending` is never stored by us. */
export const STATUS = { success: 0, pending: 1, fail: 2, sending: 3 } as const;
export type StatusText = keyof typeof STATUS;

const TRIGGER: Record<AttemptRecord['trigger'], number> = { scheduled: 0, manual: 1 };
const NOT_ASKED_FOR = '{}';

/** How one attempt ended, whatever came after it. */
export const statusOfAttempt = (attempt: AttemptRecord): StatusText => (attempt.succeeded ? 'success' : 'fail');

/** How the delivery stands after its newest attempt. */
export const statusOfDelivery = (newest: AttemptRecord): StatusText =>
  newest.nextAttemptAt === undefined ? statusOfAttempt(newest) : 'sending';

export const attemptText = (attempt: Attempt, withContent: boolean): string => {
  const statusText = statusOfAttempt(attempt);
  return JSON.stringify({
    id: attempt.id,
    msgId: attempt.messageId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    status: STATUS[statusText],
    statusText,
    triggerType: TRIGGER[attempt.trigger],
    responseStatusCode: attempt.responseStatusCode,
    responseDurationMs: attempt.responseDurationMs,
    response: withContent ? attempt.response : NOT_ASKED_FOR,
    timestamp: new Date(attempt.attemptedAt).toISOString(),
  });
};

/** When the next attempt is due, as the API shows it. */
export const nextAttemptOf = ({ nextAttemptAt }: AttemptRecord): string | null =>
  nextAttemptAt === undefined ? null : new Date(nextAttemptAt).toISOString();
