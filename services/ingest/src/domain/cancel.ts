import type { FindApplication } from '@fanfare/core/find-application';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef, MessageRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { MessageRecord } from '@fanfare/events/message-record';

/** What decides whether a message can still be called off. */
export type Scheduled = Pick<MessageRecord, 'dueAt' | 'cancelledAt' | 'expiresAt'> & { readonly messageId: string };

/** What this use case needs from the outside. */
export type CancelPorts = {
  readonly findApplication: FindApplication;
  /** By its id or its event id. */
  readonly findScheduled: (application: ApplicationRef, idOrEventId: string) => Promise<Scheduled | undefined>;
  /** Takes the due item away and marks the message, both or neither. `started`: the sweep was there before. */
  readonly cancel: (ref: MessageRef, dueAt: number, nowMs: number) => Promise<'cancelled' | 'started'>;
  readonly now: () => number;
};

/** Calls off a message that waits for its time. Doing it again changes nothing. */
export const cancelMessage = async (
  orgId: string,
  application: string,
  message: string,
  ports: CancelPorts,
): Promise<Result<void, Refusal>> => {
  const found = await ports.findApplication(orgId, application);
  if (found === undefined) return err({ kind: 'not-found', detail: 'There is no such application.' });
  const ref = { orgId, appId: found.appId };
  const scheduled = await ports.findScheduled(ref, message);
  if (scheduled === undefined || scheduled.expiresAt * 1000 <= ports.now()) {
    return err({ kind: 'not-found', detail: 'There is no such message.' });
  }
  if (scheduled.cancelledAt !== undefined) return ok(undefined);
  if (scheduled.dueAt === undefined) return err(STARTED);
  const outcome = await ports.cancel({ ...ref, messageId: scheduled.messageId }, scheduled.dueAt, ports.now());
  return outcome === 'cancelled' ? ok(undefined) : err(STARTED);
};

const STARTED: Refusal = {
  kind: 'conflict',
  code: 'delivery_started',
  detail: 'The delivery of this message has begun, so it cannot be called off.',
};
