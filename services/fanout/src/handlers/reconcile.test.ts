import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { activityKey, hourOf, messageKey } from '@fanfare/core/keys';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { CURSOR_SECONDS } from '@fanfare/events/ordered-cursor';
import { orderedWake } from '@fanfare/events/ordered-wake';
import { jest } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  TOPIC_DELIVERIES_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-deliveries',
  TOPIC_ORDERED_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-ordered.fifo',
  LANE_URLS: 'http://sqs.localhost/1/webhook,http://sqs.localhost/1/slow',
  AFTER_SECONDS: '900',
  OVERDUE_SECONDS: '1800',
  POWERTOOLS_SERVICE_NAME: 'fanout',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const topic = mockClient(SNSClient);
const queue = mockClient(SQSClient);
const { handler } = await import('./reconcile.ts');
const { handler: refan } = await import('./refan.ts');

const context = { getRemainingTimeInMillis: () => 300_000 } as Context;
const acceptedAt = Date.now() - 20 * 60_000;
const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
const message = {
  ...messageKey(ref),
  kind: 'message',
  eventType: 'a',
  payload: new TextEncoder().encode('{"note":"a private payload"}'),
  encoding: 'identity',
  acceptedAt,
  appVersion: 3,
  correlationId: 'request-1',
  payloadExpiresAt: 4_000_000_000,
  expiresAt: 4_000_000_000,
};
const mark = {
  ...activityKey({ ...ref, hour: hourOf(acceptedAt), messageHour: hourOf(acceptedAt) }),
  kind: 'activity',
};
const endpoint = {
  SK: 'EP#ep_1',
  kind: 'endpoint',
  url: 'https://hooks.example.com/in',
  id: 'ep_1',
  disabled: false,
  sinceVersion: 1,
};

/** A table with one message that has no attempt. */
const answerQuery = ({ ExpressionAttributeValues = {} }: { ExpressionAttributeValues?: Record<string, unknown> }) => {
  const partition = String(ExpressionAttributeValues[':partition']);
  if (partition === mark.PK) return { Items: [mark] };
  if (partition === message.PK) return { Items: [message] };
  if (partition === 'org_1#app_1')
    return { Items: [endpoint, { SK: 'VERSION', kind: 'application-version', version: 3 }] };
  return { Items: [] };
};
const tasks = () =>
  topic
    .commandCalls(PublishBatchCommand)
    .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? [])
    .map(({ Message = '' }) => deliveryTask.parse(JSON.parse(Message)));

beforeEach(() => {
  for (const mock of [table, topic, queue]) mock.reset();
  lines.length = 0;
  table.on(QueryCommand).callsFake(answerQuery);
  table.on(GetCommand).callsFake(({ Key }) => (Key.SK === 'msg_1' ? { Item: message } : {}));
  table.on(PutCommand).resolves({});
  table.on(BatchGetCommand).resolves({});
  table.on(BatchWriteCommand).resolves({});
  topic.on(PublishBatchCommand).resolves({});
  queue.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '3' } });
});

describe('a run of the reconciler', () => {
  test('publishes what is missing as fan-out does, counts it and says whose it is', async () => {
    await expect(handler({}, context)).resolves.toMatchObject({ kind: 'done', messages: 1, unaccounted: 1 });
    expect(tasks()).toMatchObject([{ messageId: 'msg_1', endpointId: 'ep_1', attempt: 1, trigger: 'scheduled' }]);
    const [entry] = topic.commandCalls(PublishBatchCommand)[0]?.args[0].input.PublishBatchRequestEntries ?? [];
    expect(entry).toMatchObject({
      MessageGroupId: 'app_1',
      MessageAttributes: { lane: { StringValue: 'webhook' }, correlation_id: { StringValue: 'request-1' } },
    });
    expect(lines).toContainEqual(expect.objectContaining({ Unaccounted: 1, MessageReconciled: 1, service: 'fanout' }));
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'message.unaccounted',
        msg_id: 'msg_1',
        attempts: ['ep_1#1'],
      }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/private payload|cHJpdmF0ZS/);
  });

  test('moves its cursor last, by a condition', async () => {
    await handler({}, context);
    const puts = table.commandCalls(PutCommand).map(({ args }) => args[0].input);
    expect(puts.at(-1)).toMatchObject({
      Item: { PK: 'RECONCILE', SK: 'CURSOR' },
      ConditionExpression: 'attribute_not_exists(PK) OR revision = :before',
    });
  });

  test('does nothing while the lanes together are full', async () => {
    queue.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '501' } });
    await expect(handler({}, context)).resolves.toMatchObject({ kind: 'lanes-are-full', messages: 0 });
    expect(tasks()).toEqual([]);
    expect(table.commandCalls(PutCommand)).toEqual([]);
  });

  test.each([
    ['the topic', () => topic.on(PublishBatchCommand).rejects(new Error('throttled'))],
    ['the table', () => table.on(QueryCommand).rejects(new Error('throttled'))],
    ['the table of rechecks', () => table.on(BatchWriteCommand).rejects(new Error('throttled'))],
  ])('fails when %s fails, and leaves the cursor where it was', async (_title, breakIt) => {
    breakIt();
    await expect(handler({}, context)).rejects.toThrow('throttled');
    const cursors = table.commandCalls(PutCommand).map(({ args }) => args[0].input.Item as { fromMs: number });
    expect(cursors.every(({ fromMs }) => fromMs <= acceptedAt)).toBe(true);
  });
});

describe('for an ordered endpoint', () => {
  const woken = () =>
    topic
      .commandCalls(PublishBatchCommand)
      .filter(({ args }) => args[0].input.TopicArn?.endsWith('-ordered.fifo'))
      .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? [])
      .map(({ Message = '' }) => orderedWake.parse(JSON.parse(Message)));
  const longAgo = Date.now() - 50 * 60_000;
  const placed = { ...message, acceptedAt: longAgo, order: { key: 'a', number: 7 } };
  const cursorItem = { PK: 'org_1#app_1#CURSORS#ep_1', SK: 'a', kind: 'ordered-cursor', next: 7, attempt: 1 };

  beforeEach(() => {
    table.on(QueryCommand).callsFake((input) => {
      const { Items } = answerQuery(input);
      const found = Items as Record<string, unknown>[];
      return {
        Items: found.map((item) => {
          if (item.kind === 'message') return placed;
          return item.kind === 'endpoint' ? { ...item, orderedSince: 1, orderedVersion: 2 } : item;
        }),
      };
    });
  });

  test('wakes it for what nobody has come to for a long time, where reconciling and when an operator asks', async () => {
    await expect(handler({}, context)).resolves.toMatchObject({ unaccounted: 1 });
    expect(woken()).toMatchObject([{ endpointId: 'ep_1', orderingKey: 'a', number: 7, wakeAt: expect.any(Number) }]);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'message.unaccounted', attempts: ['ep_1#1'] }));
    topic.resetHistory();
    table.on(GetCommand).callsFake(({ Key }) => (Key.SK === 'msg_1' ? { Item: placed } : {}));
    await expect(refan({ refs: [ref] }, context)).resolves.toMatchObject({ published: 1 });
    expect(woken()).toMatchObject([{ number: 7 }]);
  });

  test('reads its cursor strongly, and believes none whose time is over', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + CURSOR_SECONDS;
    table.on(GetCommand).callsFake(({ Key }) => (Key.SK === 'a' ? { Item: { ...cursorItem, expiresAt } } : {}));
    await expect(handler({}, context)).resolves.toMatchObject({ unaccounted: 0 });
    const [read] = table.commandCalls(GetCommand, { Key: { PK: cursorItem.PK, SK: 'a' } });
    expect(read?.args[0].input.ConsistentRead).toBe(true);
    table.on(GetCommand).callsFake(({ Key }) => (Key.SK === 'a' ? { Item: { ...cursorItem, expiresAt: 5 } } : {}));
    await expect(handler({}, context)).resolves.toMatchObject({ unaccounted: 1 });
    expect(woken()).toHaveLength(1);
  });
});

describe('a fan-out that an operator asks for', () => {
  test('publishes what is missing of the messages that are named, and knows nothing of those that are gone', async () => {
    const refs = [ref, { ...ref, messageId: 'msg_gone' }];
    await expect(refan({ refs }, context)).resolves.toEqual({ messages: 1, published: 1, problems: [] });
    expect(tasks()).toMatchObject([{ messageId: 'msg_1', endpointId: 'ep_1' }]);
  });

  test('names a message whose item cannot be read, and goes on', async () => {
    const odd = { ...ref, messageId: 'msg_odd' };
    table.on(GetCommand).callsFake(({ Key }) => ({
      Item: Key.PK.includes('#PARK#') ? undefined : { ...message, ...(Key.SK === 'msg_odd' && { eventType: 7 }) },
    }));
    await expect(refan({ refs: [odd, ref] }, context)).resolves.toMatchObject({
      published: 1,
      problems: [{ ref: odd, problem: expect.stringContaining('eventType') }],
    });
  });

  test('of a span ends when time is up, and says where the next call goes on', async () => {
    const span = { fromMs: acceptedAt, untilMs: acceptedAt + 1000 };
    const short = { getRemainingTimeInMillis: () => 5_000 } as Context;
    const first = await refan(span, short);
    expect(first).toMatchObject({ published: 1, next: { untilMs: span.untilMs, position: { mark: mark.SK } } });
    const calls: unknown[] = [];
    for (let next = first.next; next !== undefined; ) {
      calls.push(next);
      next = (await refan(next, context)).next;
    }
    expect(calls).toHaveLength(1);
  });

  test('of another application leaves this one alone', async () => {
    const span = { fromMs: acceptedAt - 1000, untilMs: acceptedAt + 1000, appId: 'app_2' };
    await expect(refan(span, context)).resolves.toMatchObject({ messages: 0, published: 0 });
  });

  test.each([{}, { refs: 'all' }, { fromMs: 'yesterday', untilMs: 1 }])(
    'is refused when it is none: %p',
    async (event) => {
      await expect(refan(event, context)).rejects.toThrow();
      expect(tasks()).toEqual([]);
    },
  );
});
