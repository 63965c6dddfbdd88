import type { Refusal } from '@fanfare/core/http/answer';
import { LONGEST_WAIT_DAYS, type NotAccepted } from './accept.ts';

/** What whoever sent a message that was not accepted is told. */
export const NOT_ACCEPTED: Record<NotAccepted, Refusal> = {
  'application-not-found': { kind: 'not-found', detail: 'There is no such application.' },
  'idempotency-key-reused': { kind: 'conflict', detail: 'This idempotency key was used with another body.' },
  'deliver-at-out-of-reach': {
    kind: 'invalid',
    problems: [
      {
        loc: ['body', 'deliverAt'],
        msg: `must be in the future, by at most ${LONGEST_WAIT_DAYS} days`,
        type: 'value_error',
      },
    ],
  },
  'event-id-taken': { kind: 'conflict', detail: 'A message with this eventId exists already.' },
};
