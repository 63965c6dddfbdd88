import type { WantedAttempt } from '@fanfare/core/deliveries/delivery-tasks';
import { matches } from '@fanfare/events/matches';
import type { MessageRecord } from '@fanfare/events/message-record';
import { startsAt } from '@fanfare/events/starts-at';
import type { Application } from './application-cache.ts';
import { asMatched } from './fan-out.ts';
import type { Subscriber } from './subscriber.ts';

/** The last of the automatic attempts of a message to an endpoint. */
export type LastAttempt = {
  readonly endpointId: string;
  readonly attempt: number;
  /** Milliseconds since 1970; absent when no other follows. */
  readonly nextAttemptAt?: number;
};

/** What of a message is needed to tell who gets it. */
export type Addressed = Pick<
  MessageRecord,
  | 'eventType'
  | 'channels'
  | 'appVersion'
  | 'acceptedAt'
  | 'deliverAt'
  | 'cancelledAt'
  | 'restoredAt'
  | 'order'
  | 'expiresAt'
>;

/** `dueAt`: when it should have been made, in milliseconds since 1970. */
export type MissingAttempt = WantedAttempt & { readonly dueAt: number };

export type Account = {
  /** Attempts that somebody should have made, and that nothing in the table stands for. */
  readonly missing: readonly MissingAttempt[];
  /** When the first of the next attempts that are still to come is overdue; absent when none is to come. */
  readonly pendingUntil?: number;
  /** Endpoints that wanted other messages when this one was accepted, and have no attempt: nobody knows if they should. */
  readonly undecided: readonly string[];
};

export type AccountRules = { readonly nowMs: number; readonly overdueMs: number };

const NOTHING: Account = { missing: [], undecided: [] };

/**
 * Tells what is missing of a message. Where there are attempts, the last one says whether another one follows, and that one
 * is missing when it is long overdue, whatever became of the endpoint: it will be made or refused. Where there are none, one
 * is missing for each endpoint that matches. An endpoint that has wanted other messages since this one was accepted may
 * not have matched when it was fanned out, so it is left out: it would get, each time it is enabled or wants more, what it
 * did not want before. A message that waits for its time is for the endpoints of that time; one that was made or changed
 * while it waited is left out for the same reason.
 */
export const accountOf = (
  message: Addressed,
  application: Application,
  attempts: readonly LastAttempt[],
  { nowMs, overdueMs }: AccountRules,
): Account => {
  if (message.restoredAt !== undefined) return NOTHING; // who should have got it was settled long ago
  if (application.deleted || message.cancelledAt !== undefined || message.expiresAt * 1000 <= nowMs) return NOTHING;
  if (message.deliverAt !== undefined && message.deliverAt + overdueMs > nowMs) {
    return { ...NOTHING, pendingUntil: message.deliverAt + overdueMs };
  }
  const attempted = new Set(attempts.map(({ endpointId }) => endpointId));
  const following = attempts.flatMap(({ endpointId, attempt, nextAttemptAt }) =>
    nextAttemptAt === undefined ? [] : [{ endpointId, attempt: attempt + 1, dueAt: nextAttemptAt }],
  );
  const pending = following.map(({ dueAt }) => dueAt + overdueMs).filter((overdueAt) => overdueAt > nowMs);
  const overdue = following.filter(({ dueAt }) => dueAt + overdueMs <= nowMs);
  const matching = application.subscribers
    .filter(({ id }) => !attempted.has(id))
    .filter((one) => matches(one, asMatched(message, application)));
  const changed = matching.filter((endpoint) => changedSince(endpoint, message));
  return {
    missing: [
      ...matching.filter((one) => !changed.includes(one)).map(({ id }) => firstAttempt(id, message)),
      ...overdue,
    ],
    ...(pending.length === 0 ? {} : { pendingUntil: Math.min(...pending) }),
    undecided: changed.map(({ id }) => id),
  };
};

/** What was to be made as soon as the message was there. */
export const firstAttempt = (endpointId: string, message: Addressed): MissingAttempt => ({
  endpointId,
  attempt: 1,
  dueAt: startsAt(message),
});

const changedSince = ({ selectionVersion, sinceVersion }: Subscriber, { appVersion }: Addressed): boolean =>
  Math.max(selectionVersion ?? 0, sinceVersion) > appVersion;
