import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { mintId } from '@fanfare/core/ids';
import { endpointKey, messageKey, versionKey } from '@fanfare/core/keys';
import { packPayload } from '@fanfare/core/payload';
import { payloadObjectKey } from '@fanfare/core/payload-object';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { secretPlace } from '@fanfare/events/endpoint-record';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Webhook } from 'standardwebhooks';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { PRESSURE } from '../domain/pressure-settings.fake.ts';
import { endpoint } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  PAYLOADS_BUCKET: 'fanfare-test-payloads',
  QUEUE_WEBHOOK_URL: 'http://sqs.localhost/000000000000/webhook',
  QUEUE_SLOW_URL: 'http://sqs.localhost/000000000000/slow',
  QUEUE_PARK_URL: 'http://sqs.localhost/000000000000/park',
  PRESSURE: JSON.stringify(PRESSURE),
  QUEUE_AWS_URL: 'http://sqs.localhost/000000000000/aws',
  RETRY_SCHEDULE_NAME: '/fanfare/test/settings/retry-schedule',
  ALLOWED_SUBNETS: '127.0.0.0/8',
  HTTPS_ONLY: 'false',
  SEND_TIMEOUT_SECONDS: '3',
  SVIX_HEADERS: 'true',
  ENDPOINT_FAILING_LIMIT_SECONDS: '432000',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const DATA_KEY = new Uint8Array(32).fill(9);
const table = mockClient(DynamoDBDocumentClient);
const bucket = mockClient(S3Client);
mockClient(SQSClient);
mockClient(KMSClient).on(DecryptCommand).resolves({ Plaintext: DATA_KEY });
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: '[5, 300, 7200]' } });
const { handler } = await import('./deliver-webhook.ts');
const lines = loggedLines();

const sample = JSON.parse(readFileSync('services/delivery/events/one-task.json', 'utf8')) as SQSEvent;
const [sampleRecord] = sample.Records as [SQSRecord];
const { payload: _, ...byReference } = deliveryTask.parse(JSON.parse(sampleRecord.body));
const messageIdOf = (n: number) => mintId('msg', Date.now(), new Uint8Array(15).fill(n));
const [first, second] = [1, 2].map((n) => ({ ...byReference, acceptedAt: Date.now(), messageId: messageIdOf(n) })) as [
  typeof byReference,
  typeof byReference,
];

const BODY = JSON.stringify(
  Array.from({ length: 8_000 }, (_, n) => Math.imul(n, 0x9e3779b1)),
  null,
  1,
);
const packed = packPayload(new TextEncoder().encode(BODY));
const payloadObject = { bytes: BODY.length, packedBytes: packed.bytes.length };
const later = Math.floor(Date.now() / 1000) + 1_000;

const SECRET = new Uint8Array(24).fill(3);
const sealed = seal(SECRET, secretPlace(first), { number: 1, bytes: DATA_KEY }, new Uint8Array(NONCE_BYTES));

let server: Server;
let received: { readonly headers: Record<string, string>; readonly body: string }[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers as Record<string, string>, body });
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const message = (more: object = {}) => ({
  ...{ kind: 'message', eventType: 'a', encoding: packed.encoding, payloadObject, acceptedAt: Date.now() },
  ...{ appVersion: 1, correlationId: 'c', payloadExpiresAt: later, expiresAt: later },
  ...more,
});
const standing = (...items: object[]) => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  const application = { ...versionKey(first), kind: 'application-version', version: 3 };
  const Items = [application, { ...endpointKey(first), ...endpoint({ url, secrets: [{ sealed }] }) }, ...items];
  table.on(BatchGetCommand).resolves({ Responses: { 'fanfare-test': Items as Record<string, unknown>[] } });
};
const both = (more: object = {}) =>
  standing({ ...messageKey(first), ...message(more) }, { ...messageKey(second), ...message(more) });
const record = (id: string, task: object): SQSRecord => ({
  ...sampleRecord,
  messageId: id,
  body: JSON.stringify(task),
});
const found = () => ({
  ContentLength: packed.bytes.length,
  Body: { transformToByteArray: async () => packed.bytes, transformToWebStream: () => new ReadableStream() } as never,
});
const recorded = () => table.commandCalls(PutCommand).map(({ args }) => attemptRecord.parse(args[0].input.Item));

beforeEach(() => {
  table.reset();
  bucket.reset();
  received = [];
  table.on(PutCommand).resolves({});
  table.on(GetCommand).resolves({ Item: { wrapped: new Uint8Array([1]) } });
  bucket.on(GetObjectCommand).callsFake(found);
  both();
});

test('a body that an object has is sent byte for byte, and read once for a message and batch', async () => {
  const tasks = [record('m-1', first), record('m-2', { ...first, attempt: 2 }), record('m-3', second)];
  await expect(handler({ Records: tasks })).resolves.toEqual({ batchItemFailures: [] });
  expect(received.map(({ body }) => body === BODY)).toEqual([true, true, true]);
  for (const { body, headers } of received) new Webhook(formatSecret(SECRET)).verify(body, headers);
  const keys = bucket.commandCalls(GetObjectCommand).map(({ args }) => args[0].input.Key);
  expect(keys.toSorted()).toEqual([payloadObjectKey(first), payloadObjectKey(second)].toSorted());
});

test('one that S3 throttles comes back with its message alone, and no attempt is recorded', async () => {
  const slowDown = Object.assign(new Error('slow down'), { name: 'SlowDown' });
  bucket.on(GetObjectCommand, { Key: payloadObjectKey(second) }).rejects(slowDown);
  const tasks = [record('m-1', first), record('m-2', second)];
  await expect(handler({ Records: tasks })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'm-2' }] });
  expect(received).toHaveLength(1);
  expect(recorded()).toHaveLength(1);
  expect(lines).toContainEqual(expect.objectContaining({ message: 'task.failed', message_id: 'm-2' }));
});

test.each([
  ['is gone', () => bucket.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: {} }))],
  ['has expired', () => both({ payloadExpiresAt: 1 })],
])('one that %s ends its attempt, and nothing is sent', async (_title, arrange) => {
  arrange();
  await expect(handler({ Records: [record('m-1', first)] })).resolves.toEqual({ batchItemFailures: [] });
  expect(received).toEqual([]);
  expect(recorded()).toMatchObject([{ outcome: 'refused', succeeded: false }]);
});

test('one that was expunged is not read, even where its object is still there, and nothing is sent', async () => {
  both({ expungedAt: Date.now(), payloadExpiresAt: later });
  await expect(handler({ Records: [record('m-1', first)] })).resolves.toEqual({ batchItemFailures: [] });
  expect(received).toEqual([]);
  expect(bucket.calls()).toEqual([]);
  expect(recorded()).toMatchObject([
    { outcome: 'refused', succeeded: false, response: expect.stringContaining('expunged') },
  ]);
});

test('one of another size than its message says is not sent', async () => {
  bucket.on(GetObjectCommand).callsFake(() => ({ ...found(), ContentLength: 7 }));
  await expect(handler({ Records: [record('m-1', first)] })).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'm-1' }],
  });
  expect(received).toEqual([]);
});
