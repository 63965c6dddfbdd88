import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { TaskState } from './sendable.ts';

/** When the tasks of these tests were accepted, in milliseconds since 1970. */
export const ACCEPTED_AT = 1_800_000_000_000;
export const BODY = '{"amount":1.50}';

export const REF = {
  orgId: 'org_2mVZK7hQe1cYxTn4uRbWdGsLp9A',
  appId: 'app_2mVZKAbC3dEfGhIjKlMnOpQrStU',
  messageId: 'msg_2mVZKBbC3dEfGhIjKlMnOpQrStU',
  endpointId: 'ep_2mVZKCbC3dEfGhIjKlMnOpQrStU',
} as const;

export const task = (fields: Partial<DeliveryTask> = {}): DeliveryTask => ({
  v: 1,
  ...REF,
  attempt: 1,
  trigger: 'scheduled',
  eventType: 'invoice.paid',
  acceptedAt: ACCEPTED_AT,
  copyId: 'copy-1',
  payload: { encoding: 'identity', base64: Buffer.from(BODY).toString('base64') },
  ...fields,
});

export const endpoint = (fields: Partial<EndpointRecord> = {}): EndpointRecord => ({
  kind: 'endpoint',
  id: REF.endpointId,
  url: 'https://hooks.example.com/in',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
  secrets: [{ sealed: new Uint8Array([1]) }],
  sinceVersion: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
});

export const state = (fields: Partial<TaskState> = {}): TaskState => ({
  application: { kind: 'application-version', version: 3 },
  endpoint: endpoint(),
  ...fields,
});

export const attempt = (fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'attempt',
  id: 'atmpt_2mVZKDbC3dEfGhIjKlMnOpQrStU',
  attempt: 1,
  trigger: 'scheduled',
  succeeded: false,
  outcome: 'answered',
  responseStatusCode: 500,
  response: 'no',
  responseDurationMs: 20,
  url: 'https://hooks.example.com/in',
  eventType: 'invoice.paid',
  attemptedAt: ACCEPTED_AT + 400,
  expiresAt: ACCEPTED_AT / 1000 + 100,
  ...fields,
});
