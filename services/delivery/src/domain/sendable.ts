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
   * Read only for a task that does not carry its payload, or whose message may have been expunged. For the former the payload is
   * in it even where an object has that: without it the object is gone.
   */
  readonly message?: MessageRecord;
};

/** What can be sent: an endpoint that is there and wants it, and a body. */
export type Sendable = { readonly endpoint: EndpointRecord; readonly payload: NonNullable<DeliveryTask['payload']> };

/** How far the clocks of those who accept and those who expunge may differ, generously. */
const CLOCKS_DIFFER_MS = 15 * 60_000;

/** Whether a task's message was there at a time (`contentExpungedAt` of its application), so that it may be the one expunged. */
export const wasThereAt = ({ acceptedAt }: Pick<DeliveryTask, 'acceptedAt'>, expungedAtMs: unknown): boolean =>
  typeof expungedAtMs === 'number' && acceptedAt <= expungedAtMs + CLOCKS_DIFFER_MS;

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
  if (state.message?.expungedAt !== undefined) return refused('the content of the message was expunged');
  const payload = task.payload === undefined ? storedPayload(state.message, nowMs) : carriedPayload(task, nowMs);
  const isExpired = task.acceptedAt + RETENTION_SECONDS * 1000 <= nowMs;
  if (payload === undefined || isExpired) return refused('the message has expired');
  return { kind: 'sendable', endpoint, payload };
};

const refused = (reason: string): Refusal => ({ kind: 'refused', reason });

const carriedPayload = ({ payload }: DeliveryTask, nowMs: number): DeliveryTask['payload'] =>
  payload?.expiresAt !== undefined && payload.expiresAt * 1000 <= nowMs ? undefined : payload;

const storedPayload = (message: MessageRecord | undefined, nowMs: number): DeliveryTask['payload'] => {
  if (message?.payload === undefined || message.payloadExpiresAt * 1000 <= nowMs) return undefined;
  return { encoding: message.encoding, base64: Buffer.from(message.payload).toString('base64') };
};
