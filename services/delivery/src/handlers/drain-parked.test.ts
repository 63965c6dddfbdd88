import { readFileSync } from 'node:fs';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { PRESSURE } from '../domain/pressure-settings.fake.ts';

const ORDERED_URL = 'http://sqs.localhost/000000000000/ordered.fifo';
Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  QUEUE_WEBHOOK_URL: 'http://sqs.localhost/000000000000/webhook',
  QUEUE_SLOW_URL: 'http://sqs.localhost/000000000000/slow',
  QUEUE_AWS_URL: 'http://sqs.localhost/000000000000/aws',
  QUEUE_PARK_URL: 'http://sqs.localhost/000000000000/park',
  QUEUE_ORDERED_URL: ORDERED_URL,
  PRESSURE: JSON.stringify(PRESSURE),
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
});
for (const method of ['log', 'info', 'debug', 'error'] as const)
  jest.spyOn(console, method).mockImplementation(() => undefined);
const table = mockClient(DynamoDBDocumentClient);
const queue = mockClient(SQSClient);
const { handler } = await import('./drain-parked.ts');

const { Records } = JSON.parse(readFileSync('services/delivery/events/one-wake-up.json', 'utf8')) as SQSEvent;
const [sample] = Records as [SQSRecord];
const record = (messageId: string, body: object): SQSRecord => ({ ...sample, messageId, body: JSON.stringify(body) });
const wake = (fields: object) => ({ ...JSON.parse(sample.body), wakeAt: 1_790_000_300_000, ...fields });
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
const sent = () => queue.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  table.reset();
  queue.reset();
  table.on(BatchGetCommand).resolves({ Responses: {} });
  queue.on(SendMessageCommand).resolves({});
});

test('a look at a log goes on to the queue of those, in its group, and is no duplicate of what came before', async () => {
  const looks = [record('m-1', wake({})), record('m-2', wake({ wakeAt: 1_790_000_400_000 }))];
  await expect(handler({ Records: looks }, context)).resolves.toEqual({ batchItemFailures: [] });
  expect(sent()).toMatchObject([{ QueueUrl: ORDERED_URL }, { QueueUrl: ORDERED_URL }]);
  expect(new Set(sent().map(({ MessageGroupId }) => MessageGroupId)).size).toBe(1);
  expect(new Set(sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(2);
  expect(JSON.parse(sent()[0]?.MessageBody ?? '')).toEqual(wake({}));
});

test('a look of a kind that it does not know comes back, and its neighbours are handled', async () => {
  const looks = [record('m-1', wake({ v: 3 })), record('m-2', wake({}))];
  await expect(handler({ Records: looks }, context)).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'm-1' }],
  });
  expect(sent()).toHaveLength(1);
});

test('a look that the queue does not take comes back', async () => {
  queue.on(SendMessageCommand).rejects(new Error('no'));
  await expect(handler({ Records: [record('m-1', wake({}))] }, context)).resolves.toMatchObject({
    batchItemFailures: [{ itemIdentifier: 'm-1' }],
  });
});
