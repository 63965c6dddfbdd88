import { readFileSync } from 'node:fs';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { dueBucket } from '@fanfare/core/due-time';
import { dueKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import { jest } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { dueTaskOf } from '../domain/due-task.ts';
import { task } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  QUEUE_WEBHOOK_URL: 'http://sqs.localhost/000000000000/webhook',
  QUEUE_SLOW_URL: 'http://sqs.localhost/000000000000/slow',
  QUEUE_PARK_URL: 'http://sqs.localhost/000000000000/park',
  QUEUE_AWS_URL: 'http://sqs.localhost/000000000000/aws',
  FIRST_LOOK_BACK_HOURS: '1',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const queue = mockClient(SQSClient);
const { handler } = await import('./sweep-due.ts');

const event: unknown = JSON.parse(readFileSync('services/delivery/events/every-minute.json', 'utf8'));
const context = (leftMs: number) => ({ getRemainingTimeInMillis: () => leftMs }) as Context;
const dueAt = Date.now() - 60_000;
const item = dueTaskOf(task({ attempt: 4 }), dueAt, { lane: 'webhook' });
const stored = { ...dueKey({ dueAt, what: 'task', id: dueId(item) }), ...item };

beforeEach(() => {
  table.reset();
  queue.reset();
  lines.length = 0;
  table.on(GetCommand).resolves({ Item: { kind: 'due-cursor', bucket: dueBucket(dueAt) } });
  table.on(UpdateCommand).resolves({});
  table.on(BatchWriteCommand).resolves({});
  table.on(QueryCommand).resolves({});
  table.on(QueryCommand, { ExpressionAttributeValues: { ':pk': stored.PK } }, false).resolves({ Items: [stored] });
  queue.on(SendMessageBatchCommand).resolves({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] });
});

test('a run sends what is due and deletes it then', async () => {
  await expect(handler(event, context(58_000))).resolves.toMatchObject({ sent: 1, left: 0, isFinished: true });
  expect(queue.commandCalls(SendMessageBatchCommand)).toHaveLength(1);
  const deleted = table.commandCalls(BatchWriteCommand)[0]?.args[0].input.RequestItems?.['fanfare-test'];
  expect(deleted).toEqual([{ DeleteRequest: { Key: { PK: stored.PK, SK: stored.SK } } }]);
});

test('a run tells what it sent and by how much the oldest was late, in one line, and the same when it was nothing', async () => {
  await handler(event, context(58_000));
  const metrics = lines.filter((line) => '_aws' in line);
  expect(metrics).toHaveLength(1);
  expect(metrics[0]).toMatchObject({ DueTaskSent: 1 });
  expect(metrics[0]?.OldestDueOverdueMilliseconds).toBeGreaterThanOrEqual(60_000);
  lines.length = 0;
  table.on(QueryCommand).resolves({});
  await handler(event, context(58_000));
  expect(lines.find((line) => '_aws' in line)).toMatchObject({ OldestDueOverdueMilliseconds: 0 });
});

test('a look at a log is sent to the queue of looks with the delay that is left, and deleted then', async () => {
  const soon = Date.now() + 40_000;
  const { orgId, appId, endpointId } = task();
  const look = { v: 2, orgId, appId, endpointId, orderingKey: '.', number: 7, wakeAt: soon } as const;
  const order = { kind: 'due', what: 'order', dueAt: soon, wake: look } as const;
  const kept = { ...dueKey({ dueAt: soon, what: 'order', id: dueId(order) }), ...order };
  table.on(QueryCommand).resolves({});
  table.on(QueryCommand, { ExpressionAttributeValues: { ':pk': kept.PK } }, false).resolves({ Items: [kept] });
  await expect(handler(event, context(58_000))).resolves.toMatchObject({ sent: 1, left: 0 });
  const [sent] = queue.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
  expect(sent?.QueueUrl).toMatch(/park$/);
  expect(JSON.parse(sent?.Entries?.[0]?.MessageBody ?? '')).toEqual(look);
  expect(sent?.Entries?.[0]?.MessageGroupId).toBe(appId);
  expect(sent?.Entries?.[0]?.DelaySeconds).toBeGreaterThan(35);
  expect(sent?.Entries?.[0]?.DelaySeconds).toBeLessThanOrEqual(40);
  expect(table.commandCalls(BatchWriteCommand)).toHaveLength(1);
});

test('what the queue refuses stays, and is told with its key', async () => {
  queue.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '0', SenderFault: true, Code: 'x' }] });
  await handler(event, context(58_000));
  expect(table.commandCalls(BatchWriteCommand)).toEqual([]);
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'ERROR',
      message: 'due.left',
      left: 1,
      examples: [{ PK: stored.PK, SK: stored.SK }],
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ DueItemLeft: 1 }));
});

test('a run whose time is nearly over reads no page', async () => {
  await expect(handler(event, context(5_000))).resolves.toMatchObject({ sent: 0, isFinished: false });
  expect(table.commandCalls(QueryCommand)).toEqual([]);
});

test('a delete that DynamoDB does not get done is repeated, so that nothing is sent twice for it', async () => {
  const request = { DeleteRequest: { Key: { PK: stored.PK, SK: stored.SK } } };
  table
    .on(BatchWriteCommand)
    .resolvesOnce({ UnprocessedItems: { 'fanfare-test': [request] } })
    .resolves({});
  await expect(handler(event, context(58_000))).resolves.toMatchObject({ sent: 1 });
  expect(table.commandCalls(BatchWriteCommand)).toHaveLength(2);
});

test('a table that cannot be read fails the run, which has lost nothing', async () => {
  table.on(QueryCommand).rejects(new Error('throttled'));
  await expect(handler(event, context(58_000))).rejects.toThrow('throttled');
  expect(table.commandCalls(UpdateCommand)).toEqual([]);
});
