import { mintId } from '@fanfare/core/ids';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { IMPORT, type ImportTask } from '@fanfare/events/import-task';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { ReplayTask } from '@fanfare/events/replay-task';

/** When the tasks of these tests are begun, in milliseconds since 1970. */
export const NOW = 1_800_000_000_000;
export const HOUR_MS = 3_600_000;

let made = 0;
/** An id of this time that no other test has. */
export const idAt = (prefix: 'org' | 'app' | 'ep' | 'msg' | 'atmpt' | 'qtask', atMs: number): string => {
  made += 1;
  const random = new Uint8Array(15);
  new DataView(random.buffer).setUint32(0, made);
  crypto.getRandomValues(random.subarray(8));
  return mintId(prefix, atMs, random);
};

export const ENDPOINT_ID = idAt('ep', NOW);
export const APP_ID = idAt('app', NOW);

export const task = (fields: Partial<ReplayTask> = {}): ReplayTask => ({
  kind: 'background-task',
  id: idAt('qtask', NOW),
  task: 'endpoint.recover',
  status: 'running',
  appId: APP_ID,
  endpointId: ENDPOINT_ID,
  since: NOW - HOUR_MS,
  until: NOW,
  request: 'request-1',
  step: 0,
  scanned: 0,
  matched: 0,
  sent: 0,
  createdAt: NOW,
  updatedAt: NOW,
  expiresAt: NOW / 1000 + 86_400,
  ...fields,
});

/** The import of a file, half of which was read. */
export const importTask = (fields: Partial<ImportTask> = {}): ImportTask => ({
  kind: 'background-task',
  id: idAt('qtask', NOW),
  task: IMPORT,
  status: 'running',
  appId: APP_ID,
  file: 'org/app/a.jsonl',
  etag: '"1"',
  bytes: 1_000,
  version: '1',
  run: 'run-1',
  step: 3,
  offset: 500,
  line: 40,
  read: 500,
  at: NOW,
  accepted: 30,
  repeated: 2,
  rejected: 5,
  rejectedParts: 1,
  createdAt: NOW,
  updatedAt: NOW,
  expiresAt: NOW / 1000 + 86_400,
  ...fields,
});

export const endpoint = (fields: Partial<EndpointRecord> = {}): EndpointRecord => ({
  kind: 'endpoint',
  id: ENDPOINT_ID,
  url: 'https://hooks.example.com/in',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
  secrets: [],
  sinceVersion: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
});

export const message = (acceptedAt: number, fields: Partial<MessageRecord> = {}): MessageRecord => ({
  kind: 'message',
  eventType: 'invoice.paid',
  payload: new TextEncoder().encode('{}'),
  encoding: 'identity',
  acceptedAt,
  appVersion: 1,
  correlationId: 'correlation-1',
  payloadExpiresAt: NOW / 1000 + 86_400,
  expiresAt: NOW / 1000 + 86_400,
  ...fields,
});

export const attempt = (attemptedAt: number, fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'attempt',
  id: idAt('atmpt', attemptedAt),
  attempt: 1,
  trigger: 'scheduled',
  succeeded: false,
  outcome: 'answered',
  responseStatusCode: 500,
  response: '',
  responseDurationMs: 10,
  url: 'https://hooks.example.com/in',
  eventType: 'invoice.paid',
  attemptedAt,
  expiresAt: NOW / 1000 + 86_400,
  ...fields,
});
