import type { ApplicationRef, AttemptRef, BackgroundTaskRef, EndpointRef, MessageRef } from '@fanfare/core/keys';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { importTask } from '@fanfare/events/import-task';
import { messageFields } from '@fanfare/events/message-record';
import { replayTask } from '@fanfare/events/replay-task';
import * as z from 'zod/mini';

/** What is read of an attempt. */
export const attemptFacts = z.pick(attemptRecord, {
  id: true,
  attempt: true,
  trigger: true,
  succeeded: true,
  responseStatusCode: true,
  attemptedAt: true,
  nextAttemptAt: true,
});

/** What is read of an endpoint. Its secrets are not, and its URL is told nobody: whether it is another one is. */
export const endpointFacts = z.pick(endpointRecord, {
  uid: true,
  url: true,
  disabled: true,
  failingSince: true,
  disabledReason: true,
  createdAt: true,
  updatedAt: true,
  deletedAt: true,
});

/** What is read of a message. Of its payload nothing is kept but its size. */
export const messageFacts = z.pick(messageFields, {
  payload: true,
  encoding: true,
  payloadObject: true,
  acceptedAt: true,
});

const ofEveryTask = { task: true, status: true, reason: true, appId: true, updatedAt: true } as const;

/** What is read of a background task. */
export const taskFacts = z.discriminatedUnion('task', [
  z.pick(replayTask, { ...ofEveryTask, endpointId: true, sent: true }),
  z.pick(importTask, { ...ofEveryTask, step: true, accepted: true, rejected: true }),
]);

export type AttemptFacts = z.infer<typeof attemptFacts>;
export type EndpointFacts = z.infer<typeof endpointFacts>;
export type TaskFacts = z.infer<typeof taskFacts>;

/** An attempt that was recorded. Its item only changes when its content is expunged, which is no change of this kind. */
export type RecordedAttempt = {
  readonly kind: 'attempt';
  readonly ref: AttemptRef;
  readonly attempt: AttemptFacts;
  /** Sortable; where the record stands in its shard of the stream. */
  readonly sequence: string;
};

export type ChangedEndpoint = {
  readonly kind: 'endpoint';
  readonly ref: EndpointRef;
  /** Absent when it was made by this change. */
  readonly before?: EndpointFacts;
  readonly after: EndpointFacts;
  readonly sequence: string;
};

/** A message that was accepted. */
export type AcceptedMessage = {
  readonly kind: 'message';
  readonly ref: MessageRef;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Of its payload, as it was posted. */
  readonly bytes: number;
  readonly sequence: string;
};

/** A background task that ended. Its item does not change any more, unless an import is taken up again. */
export type EndedTask = {
  readonly kind: 'background-task';
  readonly ref: BackgroundTaskRef & ApplicationRef;
  readonly task: TaskFacts;
  readonly sequence: string;
};

/** What the stream told, of what is of interest here. */
export type StreamChange = RecordedAttempt | ChangedEndpoint | AcceptedMessage | EndedTask;
