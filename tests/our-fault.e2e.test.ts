import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { idsOf, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { impatientLane } from './impatient-lane.ts';
import { ops, opsJson } from './ops-command.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { laneUrl, messagesIn, sqs, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const lambda = () => new LambdaClient(clientOptions());
const functionName = (name: string): string => `fanfare-${environmentUnderTest().stage}-${name}`;

type Shown = { readonly messageId: string; readonly body: Readonly<Record<string, unknown>> };

describe('a poison task', () => {
  test('ends among the dead letters, where an operator sees why, and nothing of its content', async () => {
    const giveBack = await impatientLane();
    const mark = `secret-${crypto.randomUUID()}`;
    try {
      const MessageBody = JSON.stringify({ note: mark, attempt: 'first' });
      const { MessageId } = await sqs().send(new SendMessageCommand({ QueueUrl: await laneUrl(), MessageBody }));
      const shown = await eventually('the poison task among the dead letters', async () => {
        const all = await opsJson<Shown[]>('dlq', 'show', 'webhook', '--limit', '100');
        return all.find(({ messageId }) => messageId === MessageId);
      });
      expect(shown.body).toMatchObject({ kind: 'unreadable', fields: ['note', 'attempt'] });
      expect(JSON.stringify(shown)).not.toContain(mark);
      const listed = await opsJson<{ name: string; depth: number; readBy: string[] }[]>('dlq', 'list');
      expect(listed.find(({ name }) => name === 'webhook')).toMatchObject({
        depth: expect.any(Number),
        readBy: [functionName('deliver-webhook')],
      });
    } finally {
      await giveBack();
    }
  });
});

describe('a task that failed by our own fault', () => {
  test('is delivered once when it is redriven after the repair, and once when it is redriven again', async () => {
    const own = await newTenant(); // its data key is in nobody's cache
    const target = await newTarget(own);
    const giveBack = await impatientLane();
    const restore = await withoutKey();
    try {
      const { id } = await own.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
      await eventually('the task among the dead letters', async () => {
        const all = await opsJson<Shown[]>('dlq', 'show', 'webhook', '--limit', '100');
        return all.find(({ body }) => body.messageId === id);
      });
      expect(receivedBy(target)).toEqual([]);
      await restore();
      const report = await opsJson<{ there: number; done: number }>('dlq', 'redrive', 'webhook');
      expect(report.done).toBe(report.there);
      await untilReceived(target, 1);
      await untilLaneIsEmpty();
      await ops('dlq', 'redrive', 'webhook');
      await untilLaneIsEmpty();
      expect(idsOf(receivedBy(target))).toEqual([id]);
    } finally {
      await restore();
      await giveBack();
    }
  });

  /** Takes the key of secrets away, so that delivery cannot sign. Answers how to bring it back. */
  const withoutKey = async (): Promise<() => Promise<void>> => {
    const kms = new KMSClient(clientOptions());
    const KeyId = await contractValue('key/secrets/arn');
    await kms.send(new DisableKeyCommand({ KeyId }));
    return async () => void (await kms.send(new EnableKeyCommand({ KeyId })));
  };
});

describe('a message whose task was lost', () => {
  test('is found by the reconciler, counted as unaccounted, and delivered', async () => {
    const target = await newTarget(tenant);
    const id = await withTheLaneStopped(async () => {
      const message = await tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
      await loseTask(message.id);
      return message.id;
    });
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toEqual([]);
    await eventually('the message accounted for', async () => {
      await runReconciler();
      return receivedBy(target).length > 0 ? true : undefined;
    });
    await untilLaneIsEmpty();
    expect(idsOf(receivedBy(target))).toEqual([id]);
    const lines = await eventually('the line of the lost delivery', () => linesOf('message.unaccounted', id));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ attempts: [`${target.endpointId}#1`] });
  });

  test('is published by `ops refan` too, at once', async () => {
    const target = await newTarget(tenant);
    await withTheLaneStopped(async () => {
      const message = await tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
      await loseTask(message.id);
    });
    const report = await opsJson('refan', '--since', '5m', '--app', target.appId);
    expect(report).toEqual({ messages: 1, published: 1, problems: [] });
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    await expect(opsJson('refan', '--since', '5m', '--app', target.appId)).resolves.toMatchObject({ published: 0 });
    expect(receivedBy(target)).toHaveLength(1);
  });

  /** Does something while nobody takes tasks from the lane. */
  const withTheLaneStopped = async <T>(work: () => Promise<T>): Promise<T> => {
    const { EventSourceMappings: [mapping] = [] } = await lambda().send(
      new ListEventSourceMappingsCommand({ EventSourceArn: await contractValue('queue/webhook/arn') }),
    );
    const turn = (Enabled: boolean) =>
      lambda().send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled }));
    await untilLaneIsEmpty();
    await turn(false);
    try {
      return await work();
    } finally {
      await turn(true);
    }
  };

  /** Takes the task of a message out of the lane, as if it had never been. */
  const loseTask = async (messageId: string): Promise<void> => {
    const QueueUrl = await laneUrl();
    await eventually('the task in the lane', async () => {
      const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      const task = Messages.find(({ Body = '' }) => Body.includes(messageId));
      if (task === undefined) return undefined;
      await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: task.ReceiptHandle }));
      return true;
    });
  };

  const runReconciler = async (): Promise<void> => {
    const answer = await lambda().send(
      new InvokeCommand({ FunctionName: functionName('reconcile'), Qualifier: 'live', Payload: '{}' }),
    );
    expect(answer.FunctionError).toBeUndefined();
  };

  const linesOf = async (message: string, id: string): Promise<string[] | undefined> => {
    const { events = [] } = await new CloudWatchLogsClient(clientOptions()).send(
      new FilterLogEventsCommand({
        logGroupName: `/aws/lambda/${functionName('reconcile')}`,
        filterPattern: `"${message}" "${id}"`,
      }),
    );
    return events.length > 0 ? events.map(({ message: line = '' }) => line.trim()) : undefined;
  };
});

describe('a record that fan-out put aside', () => {
  // Others' tests put broken items into the stream, and fan-out puts them aside.
  beforeEach(async () => {
    await sqs().send(new PurgeQueueCommand({ QueueUrl: await contractValue('queue/fanout-quarantine/url') }));
  });

  test('is fanned out from the quarantine when it is redriven, and taken out of it', async () => {
    // No event type matches, so that fan-out makes no task; then the endpoint wants it after all.
    const target = await newTarget(tenant, { eventTypes: ['nothing.like.it'] });
    const { id } = await tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { eventTypes: ['a'] });
    const queue = await contractValue('queue/fanout-quarantine/url');
    const before = await messagesIn(queue);
    const record = await streamRecordOf({ orgId: tenant.orgId, appId: target.appId, messageId: id });
    await sqs().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify(record) }));
    expect(await messagesIn(queue)).toBe(before + 1);
    const report = await opsJson('dlq', 'redrive', 'fanout-quarantine');
    expect(report).toMatchObject({ there: before + 1, done: before + 1, failed: [] });
    await untilReceived(target, 1);
    expect(await messagesIn(queue)).toBe(0);
  });

  test('stays there when it names no message, and the command says so', async () => {
    const queue = await contractValue('queue/fanout-quarantine/url');
    const { MessageId } = await sqs().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: '{"half":' }));
    const { exitCode, stdout } = await ops('dlq', 'redrive', 'fanout-quarantine', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ done: 0, failed: [{ id: MessageId }] });
    const [message] = await opsJson<Shown[]>('dlq', 'show', 'fanout-quarantine'); // given back when the run ended
    expect(message).toMatchObject({ messageId: MessageId });
    const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl: queue }));
    await sqs().send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  });

  const streamRecordOf = async (ref: MessageRef): Promise<object> => {
    const { PK, SK } = messageKey(ref);
    const Keys = { PK: { S: PK }, SK: { S: SK } };
    const { Item } = await new DynamoDBClient(clientOptions()).send(
      new GetItemCommand({ TableName: await contractValue('table/name'), Key: Keys }),
    );
    expect(Item).toBeDefined();
    return { eventID: crypto.randomUUID(), eventName: 'INSERT', dynamodb: { Keys, SequenceNumber: '1' } };
  };
});

describe('a batch that the stream gave up on', () => {
  test('is fanned out by its time where only that is known', async () => {
    const target = await newTarget(tenant, { eventTypes: ['nothing.like.it'] });
    const at = new Date().toISOString();
    await tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { eventTypes: ['a'] });
    const name = (await contractValue('destination/stream-failures/arn')).split(':').at(-1);
    const QueueUrl = (await laneUrl()).replace(/[^/]+$/, name ?? '');
    const info = {
      approximateArrivalOfFirstRecord: at,
      approximateArrivalOfLastRecord: at,
      shardId: 's',
      batchSize: 1,
    };
    await sqs().send(
      new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ DDBStreamBatchInfo: info, version: '1.0' }) }),
    );
    await opsJson('dlq', 'redrive', 'stream-failures');
    await untilReceived(target, 1);
    expect(await messagesIn(QueueUrl)).toBe(0);
  });
});
