import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { jest } from '@jest/globals';
import { idsOf, newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { impatientLane } from './impatient-lane.ts';
import { newTenant, refusalOf, type Tenant } from './tenant.ts';
import { deadLettersUrl, laneUrl, messagesIn, sqs, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

describe('a repeated call', () => {
  test('with the same idempotency key makes one message, which is delivered once', async () => {
    const target = await newTarget(tenant);
    const post = () =>
      tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } }, { idempotencyKey: 'order-1' });
    const [first, second] = [await post(), await post()];
    expect(second.id).toBe(first.id);
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    expect(idsOf(receivedBy(target))).toEqual([first.id]);
    expect((await tenant.svix.message.list(target.appId)).data.map(({ id }) => id)).toEqual([first.id]);
  });

  test('at the same time with the same idempotency key makes one message too', async () => {
    const { appId } = await newTarget(tenant);
    const posts = Array.from({ length: 5 }, () =>
      tenant.svix.message.create(appId, { eventType: 'a', payload: { x: 1 } }, { idempotencyKey: 'order-2' }),
    );
    expect(new Set((await Promise.all(posts)).map(({ id }) => id)).size).toBe(1);
  });

  test('with the same idempotency key and another body is refused', async () => {
    const { appId } = await newTarget(tenant);
    const post = (x: number) =>
      tenant.svix.message.create(appId, { eventType: 'a', payload: { x } }, { idempotencyKey: 'order-3' });
    await post(1);
    expect(await refusalOf(post(2))).toMatchObject({ status: 409, body: { code: expect.any(String) } });
  });

  test('with an event id that a message has already is refused', async () => {
    const { appId } = await newTarget(tenant);
    const post = () => tenant.svix.message.create(appId, { eventType: 'a', eventId: 'order-4', payload: {} });
    await post();
    expect(await refusalOf(post())).toMatchObject({ status: 409, body: { code: expect.any(String) } });
  });
});

describe('a message that the stream tells of twice', () => {
  test('is received once', async () => {
    const target = await newTarget(tenant);
    const { id } = await tenant.svix.message.create(target.appId, { eventType: 'a', payload: { x: 1 } });
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    await fanOutAgain({ orgId: tenant.orgId, appId: target.appId, messageId: id });
    await eventually('the second task dropped', () => wasDropped(id));
    await untilLaneIsEmpty();
    expect(idsOf(receivedBy(target))).toEqual([id]);
    expect((await tenant.svix.messageAttempt.listByMsg(target.appId, id)).data).toHaveLength(1);
  });

  /** Whether delivery says that it dropped a task of this message. */
  const wasDropped = async (messageId: string): Promise<true | undefined> => {
    const { events = [] } = await new CloudWatchLogsClient(clientOptions()).send(
      new FilterLogEventsCommand({
        logGroupName: `/aws/lambda/fanfare-${environmentUnderTest().stage}-deliver-webhook`,
        filterPattern: `"delivery.dropped" "${messageId}"`,
      }),
    );
    return events.length > 0 ? true : undefined;
  };

  /** Gives the deployed function the record of the message's insert, as the stream would a second time. */
  const fanOutAgain = async (ref: MessageRef): Promise<void> => {
    const { PK, SK } = messageKey(ref);
    const Keys = { PK: { S: PK }, SK: { S: SK } };
    const { Item: NewImage } = await new DynamoDBClient(clientOptions()).send(
      new GetItemCommand({ TableName: await contractValue('table/name'), Key: Keys, ConsistentRead: true }),
    );
    const record = {
      eventID: crypto.randomUUID(),
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventSourceARN: await contractValue('table/stream-arn'),
      dynamodb: { Keys, NewImage, SequenceNumber: '1', StreamViewType: 'NEW_AND_OLD_IMAGES' },
    };
    const answer = await new LambdaClient(clientOptions()).send(
      new InvokeCommand({
        FunctionName: `fanfare-${environmentUnderTest().stage}-fan-out`,
        Qualifier: 'live',
        Payload: JSON.stringify({ Records: [record] }, binaryAsText),
      }),
    );
    expect(answer.FunctionError).toBeUndefined();
  };
});

describe('a poison message in a batch of ten', () => {
  test('fails alone: its nine neighbours are delivered once, and it ends among the dead letters', async () => {
    // No event type matches, so nothing but the tasks below leads to this endpoint.
    const target = await newTarget(tenant, { eventTypes: ['nothing.like.it'] });
    await untilLaneIsEmpty();
    const giveBack = await impatientLane();
    try {
      const before = await messagesIn(await deadLettersUrl());
      const tasks = await Promise.all(Array.from({ length: 9 }, () => taskFor(target)));
      const bodies = [...tasks.slice(0, 5), { nonsense: true }, ...tasks.slice(5)].map((task) => JSON.stringify(task));
      const { Failed } = await sqs().send(
        new SendMessageBatchCommand({
          QueueUrl: await laneUrl(),
          Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
        }),
      );
      expect(Failed ?? []).toEqual([]);
      await untilReceived(target, 9);
      await eventually('the poison message among the dead letters', async () =>
        (await messagesIn(await deadLettersUrl())) > before ? true : undefined,
      );
      await untilLaneIsEmpty();
      expect(await messagesIn(await deadLettersUrl())).toBe(before + 1);
      expect([...idsOf(receivedBy(target))].sort()).toEqual(tasks.map(({ messageId }) => messageId).sort());
    } finally {
      await giveBack();
    }
  });

  /** A task as fan-out would make it, for a message that it made none for. */
  const taskFor = async ({ appId, endpointId }: Target): Promise<DeliveryTask> => {
    const { id, timestamp } = await tenant.svix.message.create(appId, { eventType: 'a', payload: {} });
    return {
      v: 1,
      orgId: tenant.orgId,
      appId,
      messageId: id,
      endpointId,
      attempt: 1,
      trigger: 'scheduled',
      eventType: 'a',
      acceptedAt: timestamp.getTime(),
    };
  };
});

/** In an event, bytes are base64 text. */
const binaryAsText = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
