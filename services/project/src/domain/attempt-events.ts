import { eventId } from './event-id.ts';
import type { Announced } from './name-events.ts';
import type { RecordedAttempt } from './stream-change.ts';

/** The failure after which a message counts as failing, as the operational webhooks of the Svix API have it. */
const FAILING_ATTEMPT = 4;

type AttemptEventType = 'message.attempt.failing' | 'message.attempt.exhausted' | 'message.attempt.recovered';

/**
 * What a recorded attempt is to be announced as. Automatic attempts follow each other until one succeeds, so a number
 * tells how many failed before. One by hand says nothing about them. The fourth that is also the last is both.
 */
export const attemptEvents = (change: RecordedAttempt): Announced[] =>
  typesOf(change.attempt).map((type) => announced(type, change));

const typesOf = ({
  attempt,
  trigger,
  succeeded,
  nextAttemptAt,
}: RecordedAttempt['attempt']): readonly AttemptEventType[] => {
  if (trigger === 'manual') return [];
  if (succeeded) return attempt > FAILING_ATTEMPT ? ['message.attempt.recovered'] : [];
  const failing = attempt === FAILING_ATTEMPT ? (['message.attempt.failing'] as const) : [];
  return nextAttemptAt === undefined ? [...failing, 'message.attempt.exhausted'] : failing;
};

const announced = (type: AttemptEventType, { ref, attempt }: RecordedAttempt): Announced => {
  const { orgId, appId, messageId, endpointId } = ref;
  const timestamp = new Date(attempt.attemptedAt).toISOString();
  const { id, responseStatusCode } = attempt;
  return {
    application: { orgId, appId },
    message: { orgId, appId, messageId },
    event: {
      v: 1,
      id: eventId(type, [orgId, appId, messageId, endpointId, String(attempt.attempt)]),
      type,
      timestamp,
      orgId,
      data: { appId, msgId: messageId, endpointId, lastAttempt: { id, responseStatusCode, timestamp } },
    },
  };
};
