import { readFileSync } from 'node:fs';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { endpointKey, versionKey } from '@fanfare/core/keys';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { secretPlace } from '@fanfare/events/endpoint-record';
import { jest } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Webhook } from 'standardwebhooks';
import { PRESSURE } from '../domain/pressure-settings.fake.ts';
import { endpoint } from '../domain/task.fake.ts';

const LANE_URL = 'http://sqs.localhost/000000000000/aws';
const WEBHOOK_URL = 'http://sqs.localhost/000000000000/webhook';
Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  PAYLOADS_BUCKET: 'fanfare-test-payloads',
  QUEUE_WEBHOOK_URL: WEBHOOK_URL,
  QUEUE_AWS_URL: LANE_URL,
  QUEUE_SLOW_URL: 'http://sqs.localhost/000000000000/slow',
  QUEUE_PARK_URL: 'http://sqs.localhost/000000000000/park',
  PRESSURE: JSON.stringify(PRESSURE),
  RETRY_SCHEDULE_NAME: '/fanfare/test/settings/retry-schedule',
  ALLOWED_DESTINATIONS: 'arn:aws:sqs:us-east-1:123456789012:orders',
  PARTITION: 'aws',
  ENDPOINT_FAILING_LIMIT_SECONDS: '432000',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const sqs = mockClient(SQSClient);
const kms = mockClient(KMSClient);
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: '[5, 300]' } });
const { handler } = await import('./deliver-aws.ts');

const { Records } = JSON.parse(readFileSync('services/delivery/events/one-task-for-a-queue.json', 'utf8')) as SQSEvent;
const [record] = Records as [SQSRecord];
const task = deliveryTask.parse(JSON.parse(record.body));
const DATA_KEY = new Uint8Array(32).fill(9);
const SECRET = new Uint8Array(24).fill(3);
const sealed = seal(SECRET, secretPlace(task), { number: 1, bytes: DATA_KEY }, new Uint8Array(NONCE_BYTES));
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:orders';
const DESTINATION = 'https://sqs.us-east-1.amazonaws.com/123456789012/orders';

const standing = (url: string): void => {
  const application = { ...versionKey(task), kind: 'application-version', version: 3 };
  const stored = { ...endpointKey(task), ...endpoint({ url, secrets: [{ sealed }] }) };
  table.on(BatchGetCommand).resolves({ Responses: { 'fanfare-test': [application, stored] } });
};
const recorded = () => table.commandCalls(PutCommand).map(({ args }) => attemptRecord.parse(args[0].input.Item));
const sentTo = (url: string) =>
  sqs.commandCalls(SendMessageCommand).flatMap(({ args }) => (args[0].input.QueueUrl === url ? [args[0].input] : []));

beforeEach(() => {
  for (const mock of [table, sqs, kms]) mock.reset();
  lines.length = 0;
  standing(QUEUE);
  table.on(PutCommand).resolves({});
  table.on(GetCommand).resolves({ Item: { wrapped: new Uint8Array([1]) } });
  kms.on(DecryptCommand).resolves({ Plaintext: DATA_KEY });
  sqs.on(SendMessageCommand).resolves({ MessageId: 'm-1', $metadata: { httpStatusCode: 200 } });
});

test('a task is put into its queue, signed so that an independent library verifies it, and recorded', async () => {
  await expect(handler({ Records })).resolves.toEqual({ batchItemFailures: [] });
  const [{ MessageBody = '', MessageAttributes = {} } = {}] = sentTo(DESTINATION);
  const headers = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
  expect(() => new Webhook(formatSecret(SECRET)).verify(MessageBody, Object.fromEntries(headers))).not.toThrow();
  expect(recorded()).toMatchObject([{ succeeded: true, responseStatusCode: 200, response: 'SQS message m-1' }]);
});

test('what is denied is recorded, and tried again in the lane that it came from', async () => {
  const denied = Object.assign(new Error('arn:aws:iam::1'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  sqs.on(SendMessageCommand, { QueueUrl: DESTINATION }).rejects(denied);
  await expect(handler({ Records })).resolves.toEqual({ batchItemFailures: [] });
  expect(recorded()).toMatchObject([{ succeeded: false, outcome: 'answered', responseStatusCode: 403 }]);
  const [retry] = sentTo(LANE_URL);
  expect(JSON.parse(retry?.MessageBody ?? '')).toMatchObject({ attempt: 2, lane: 'aws' });
  expect(retry?.MessageAttributes?.lane).toEqual({ DataType: 'String', StringValue: 'aws' });
  expect(JSON.stringify([lines, recorded()])).not.toMatch(/arn:aws:iam/);
});

test('what is not allowed is recorded as refused, and nothing is sent but the retry', async () => {
  standing('arn:aws:sqs:us-east-1:123456789012:invoices');
  await handler({ Records });
  expect(recorded()).toMatchObject([{ outcome: 'refused', response: expect.stringMatching(/must have a role/) }]);
  expect(sqs.commandCalls(SendMessageCommand)).toHaveLength(sentTo(LANE_URL).length);
});

test('a task whose endpoint has become a webhook moves to the lane of webhooks, unrecorded, and is counted', async () => {
  standing('https://hooks.example.com/in');
  await expect(handler({ Records })).resolves.toEqual({ batchItemFailures: [] });
  expect(recorded()).toEqual([]);
  const [moved] = sentTo(WEBHOOK_URL);
  expect(JSON.parse(moved?.MessageBody ?? '')).toMatchObject({ attempt: task.attempt, lane: 'webhook' });
  expect(moved).toMatchObject({ DelaySeconds: 0, MessageAttributes: { lane: { StringValue: 'webhook' } } });
  expect(lines).toContainEqual(expect.objectContaining({ TaskMoved: 1 }));
  expect(lines).toContainEqual(expect.objectContaining({ message: 'delivery.moved', lane: 'webhook' }));
});

test('a fault of ours sends the task back', async () => {
  sqs.on(SendMessageCommand, { QueueUrl: DESTINATION }).rejects(new TypeError('no'));
  await expect(handler({ Records })).resolves.toMatchObject({ batchItemFailures: [{}] });
  expect(recorded()).toEqual([]);
});

test('the names of the roles that it may assume start as those of endpoints must', async () => {
  const { ROLE_NAME_PREFIX } = await import('@fanfare/core/destinations/role');
  const template = readFileSync('services/delivery/template.yaml', 'utf8');
  expect(template).toContain(`:iam::*:role/${ROLE_NAME_PREFIX}*`);
});
