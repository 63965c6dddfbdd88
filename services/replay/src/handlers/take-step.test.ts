import { readFileSync } from 'node:fs';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  attemptIndexKey,
  attemptKey,
  backgroundTaskKey,
  endpointKey,
  type Key,
  messageKey,
  versionKey,
} from '@fanfare/core/keys';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { attempt, endpoint, HOUR_MS, idAt, message, task } from '../domain/replay.samples.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  TOPIC_DELIVERIES_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-deliveries',
  LANE_URLS: 'https://sqs/webhook,https://sqs/slow',
  RATE_PER_SECOND: '50',
  STEPS_PER_EXECUTION: '500',
  POWERTOOLS_SERVICE_NAME: 'replay',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_METRICS_DISABLED: 'false',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text: unknown) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const topic = mockClient(SNSClient);
const queues = mockClient(SQSClient);
const { handler } = await import('./take-step.ts');

const now = Date.now();
const orgId = idAt('org', now);
const appId = idAt('app', now);
const endpointId = idAt('ep', now);
const messageId = idAt('msg', now - HOUR_MS / 2);
const ref = { orgId, appId, endpointId, messageId };
const running = task({ appId, endpointId, since: now - HOUR_MS, until: now, createdAt: now, updatedAt: now });
const failed = attempt(now - HOUR_MS / 2);
const input = { orgId, taskId: running.id, execution: 0, page: 0 };

const stored = (key: Key, item: object): void => {
  table
    .on(GetCommand, { TableName: 'fanfare-test', Key: key, ConsistentRead: true })
    .resolves({ Item: { ...key, ...item } });
};
const tasks = () =>
  topic
    .commandCalls(PublishBatchCommand)
    .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? [])
    .map(({ Message = '' }) => deliveryTask.parse(JSON.parse(Message)));

beforeEach(() => {
  lines.length = 0;
  table.reset();
  topic.reset();
  queues.reset();
  topic.on(PublishBatchCommand).resolves({});
  queues.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '3' } });
  const far = Math.floor(now / 1000) + 86_400;
  const accepted = { ...message(now - HOUR_MS / 2), expiresAt: far, payloadExpiresAt: far };
  const attemptItem = { ...attemptKey({ ...ref, attempt: 1 }), ...attemptIndexKey(ref, failed.id), ...failed };
  table.on(GetCommand).resolves({});
  table.on(QueryCommand).resolves({ Items: [attemptItem] });
  table.on(BatchGetCommand).resolves({ Responses: { 'fanfare-test': [{ ...messageKey(ref), ...accepted }] } });
  table.on(TransactWriteCommand).resolves({});
  table.on(UpdateCommand).resolves({});
  stored(backgroundTaskKey(input), running);
  stored(versionKey(ref), { kind: 'application-version', version: 1 });
  stored(endpointKey(ref), endpoint({ id: endpointId }));
});

test('a step publishes what it chose, moves the task and tells the state machine what is next', async () => {
  await expect(handler(input)).resolves.toMatchObject({ ...input, page: 1, next: 'end', sent: 1, waitSeconds: 0 });
  expect(tasks()).toMatchObject([{ messageId, endpointId, trigger: 'manual', copyId: running.id, replay: true }]);
  const [finished] = table.commandCalls(TransactWriteCommand);
  expect(finished?.args[0].input.TransactItems?.[0]?.Update?.ExpressionAttributeValues).toMatchObject({
    ':status': 'finished',
    ':sent': 1,
    ':step': 1,
    ':seen': 0,
  });
  expect(lines).toContainEqual(expect.objectContaining({ MessageReplayed: 1 }));
  expect(lines).toContainEqual(expect.objectContaining({ message: 'replay.step-taken', task_id: running.id, sent: 1 }));
});

test('a topic that takes nothing fails the step, and the task stays where it is', async () => {
  topic.on(PublishBatchCommand).rejects(new Error('unreachable'));
  await expect(handler(input)).rejects.toThrow('unreachable');
  expect(table.commandCalls(TransactWriteCommand)).toHaveLength(0);
  expect(table.commandCalls(UpdateCommand)).toHaveLength(0);
});

test('full lanes hold the step up, and a task that somebody moved meanwhile is looked at again', async () => {
  queues.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '501' } });
  await expect(handler(input)).resolves.toMatchObject({ next: 'wait', waitSeconds: 10, sent: 0 });
  table.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ message: 'failed', $metadata: {} }));
  await expect(handler(input)).resolves.toMatchObject({ next: 'wait', waitSeconds: 1 });
  expect(tasks()).toEqual([]);
});

test('a task that has ended, or that is not there, ends its run', async () => {
  stored(backgroundTaskKey(input), { ...running, status: 'failed' });
  await expect(handler(input)).resolves.toMatchObject({ next: 'end' });
  await expect(handler({ ...input, taskId: idAt('qtask', now) })).resolves.toMatchObject({ next: 'end' });
});

test('a run that is given up on ends its task, with a line that says so and not why', async () => {
  const event: unknown = JSON.parse(readFileSync('services/replay/events/step-that-failed.json', 'utf8'));
  await handler({ ...(event as object), orgId, taskId: running.id });
  const [ended] = table.commandCalls(TransactWriteCommand);
  expect(ended?.args[0].input.TransactItems?.[0]?.Update?.ExpressionAttributeValues).toMatchObject({
    ':status': 'failed',
    ':reason': 'fault',
  });
  expect(lines).toContainEqual(expect.objectContaining({ message: 'replay.given-up', task_id: running.id }));
  expect(JSON.stringify(lines)).not.toContain('a secret');
});

test('an input that is none of ours fails', async () => {
  await expect(handler({ taskId: 1 })).rejects.toThrow();
});
