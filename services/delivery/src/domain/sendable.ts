import type { VersionRecord } from '@fanfare/events/application-record';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import { RETENTION_SECONDS } from '@fanfare/events/retention';

/** What the table says about a task, now. */
export type TaskState = {
  /** This very attempt, when it was made before. */
  readonly standing?: AttemptRecord;
  readonly application?: VersionRecord;
  readonly endpoint?: EndpointRecord;
  /**
   * Read only for a task that does not carry its payload, and with the payload in it even where an object has that: without it
   * the object is gone.
   */
  readonly message?: MessageRecord;
};

/** What can be sent: an endpoint that is there and wants it, and a body. */
export type Sendable = { readonly endpoint: EndpointRecord; readonly payload: NonNullable<DeliveryTask['payload']> };

export type Refusal = { readonly kind: 'refused'; readonly reason: string };

/** Finds the endpoint and the body of a task, or why there is nothing to send and never will be. */
export const sendable = (
  task: DeliveryTask,
  state: TaskState,
  nowMs: number,
): ({ readonly kind: 'sendable' } & Sendable) | Refusal => {
  const { application, endpoint } = state;
  if (application === undefined || application.deletedAt !== undefined) return refused('the application was deleted');
  if (endpoint === undefined || endpoint.deletedAt !== undefined) return refused('the endpoint was deleted');
  if (endpoint.disabled) return refused('the endpoint is disabled');
  const payload = task.payload ?? storedPayload(state.message, nowMs);
  const isExpired = task.acceptedAt + RETENTION_SECONDS * 1000 <= nowMs;
  if (payload === undefined || isExpired) return refused('the message has expired');
  return { kind: 'sendable', endpoint, payload };
};

const refused = (reason: string): Refusal => ({ kind: 'refused', reason });

const storedPayload = (message: MessageRecord | undefined, nowMs: number): DeliveryTask['payload'] => {
  if (message?.payload === undefined || message.payloadExpiresAt * 1000 <= nowMs) return undefined;
  return { encoding: message.encoding, base64: Buffer.from(message.payload).toString('base64') };
};
