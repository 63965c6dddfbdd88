import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { attemptsPartition } from '@fanfare/core/keys';
import type { DomainEvent } from '@fanfare/events/domain-event';
import { jest } from '@jest/globals';
import { newEndpoint, newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { type Subscription, subscribe, untilAnnounced } from './domain-events.ts';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, refusalOf, type Tenant } from './tenant.ts';
import { messagesIn, untilLaneIsEmpty } from './webhook-lane.ts';

/** The local stage tries five times within some fifteen seconds. */
jest.setTimeout(2 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;
let subscription: Subscription;

beforeEach(async () => {
  tenant = await newTenant();
  subscription = await subscribe(tenant.orgId);
});
afterEach(() => subscription.end());

const send = ({ appId }: Target, eventId?: string) =>
  tenant.svix.message.create(appId, { eventType: 'a', payload: {}, ...(eventId && { eventId }) });
const statsOf = ({ appId, endpointId }: Target) => tenant.svix.endpoint.getStats(appId, endpointId);
const untilCounted = (target: Target, success: number, fail: number) =>
  eventually(`${success} successes and ${fail} failures counted`, async () => {
    const stats = await statsOf(target);
    return stats.success === success && stats.fail === fail ? stats : undefined;
  });
const typesOf = (events: readonly DomainEvent[], { endpointId }: Target) =>
  events.filter(({ data }) => data.endpointId === endpointId).map(({ type }) => type);

describe('an endpoint that fails four times and then answers', () => {
  test('is announced as failing once and as recovered once, by the names its owner gave, and counted', async () => {
    const { id: appId } = await tenant.svix.application.create({ name: 'under test', uid: 'customer-7' });
    const target = await newEndpoint(tenant, appId);
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 500, 500, 500, 200] });
    const { id: msgId } = await send(target, 'order-7');
    await untilReceived(target, 4);
    const failing = await untilAnnounced(subscription, 'message.attempt.failing');
    await untilReceived(target, 5);
    const events = await untilAnnounced(subscription, 'message.attempt.recovered');

    expect(typesOf(failing, target)).toEqual(['endpoint.created', 'message.attempt.failing']);
    expect(typesOf(events, target)).toEqual([
      'endpoint.created',
      'message.attempt.failing',
      'message.attempt.recovered',
    ]);
    const { data: attempts } = await tenant.svix.messageAttempt.listByMsg(appId, msgId);
    expect(events.at(-1)?.data).toEqual({
      ...{ appId, appUid: 'customer-7', endpointId: target.endpointId, msgId, msgEventId: 'order-7' },
      lastAttempt: {
        id: attempts[0]?.id,
        responseStatusCode: 200,
        timestamp: attempts[0]?.timestamp.toISOString(),
      },
    });
    expect(await untilCounted(target, 1, 4)).toMatchObject({ sending: 0, pending: 0, canceled: 0 });
  });
});

describe('an endpoint that never answers', () => {
  test('is announced as exhausted once, and a success by hand afterwards is counted and not announced', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    const { id: msgId } = await send(target);
    await untilReceived(target, 1);
    await eventually('the message waiting', async () => ((await statsOf(target)).sending === 1 ? true : undefined));
    await untilReceived(target, 5);
    const events = await untilAnnounced(subscription, 'message.attempt.exhausted');
    const announced = ['endpoint.created', 'message.attempt.failing', 'message.attempt.exhausted'];
    expect(typesOf(events, target)).toEqual(announced);
    expect(await untilCounted(target, 0, 5)).toMatchObject({ sending: 0 });
    const path = `/api/v1/app/${target.appId}/endpoint/${target.endpointId}/stats`;
    expect(await call('GET', path, { token: tenant.token })).toMatchObject({ status: 200, body: { exhausted: 1 } });

    receiver().behave(target.path, { kind: 'answer', statuses: [200] });
    await tenant.svix.messageAttempt.resend(target.appId, msgId, target.endpointId);
    await untilCounted(target, 1, 5);
    expect(typesOf(await subscription.received(), target)).toEqual(announced);
  });
});

describe('an endpoint', () => {
  test('is announced when its owner makes, changes, disables, enables and deletes it', async () => {
    const target = await newTarget(tenant, { uid: 'mine' });
    const { appId, endpointId } = target;
    await tenant.svix.endpoint.patch(appId, endpointId, { description: 'changed' });
    await tenant.svix.endpoint.patch(appId, endpointId, { disabled: true });
    await tenant.svix.endpoint.patch(appId, endpointId, { disabled: false });
    await tenant.svix.endpoint.delete(appId, endpointId);
    const events = await untilAnnounced(subscription, 'endpoint.deleted');
    expect(typesOf(events, target)).toEqual([
      'endpoint.created',
      'endpoint.updated',
      'endpoint.updated',
      'endpoint.disabled',
      'endpoint.updated',
      'endpoint.enabled',
      'endpoint.deleted',
    ]);
    const disabled = events.find(({ type }) => type === 'endpoint.disabled');
    expect(disabled?.data).toEqual({ appId, endpointId, endpointUid: 'mine', trigger: 'manual' });
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('that asks for no more is announced as disabled by us', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [410] });
    await send(target);
    const events = await untilAnnounced(subscription, 'endpoint.disabled');
    expect(events.find(({ type }) => type === 'endpoint.disabled')?.data).toMatchObject({
      ...{ trigger: 'automatic', reason: 'gone' },
    });
    expect(typesOf(events, target)).not.toContain('endpoint.updated');
  });
});

describe('statistics', () => {
  test('are of the time that is asked for', async () => {
    const target = await newTarget(tenant);
    for (let n = 0; n < 3; n += 1) await send(target);
    await untilCounted(target, 3, 0);
    const { appId, endpointId } = target;
    const ago = (hours: number) => new Date(Date.now() - hours * 60 * 60 * 1000);
    const asked = (since: Date, until: Date) => tenant.svix.endpoint.getStats(appId, endpointId, { since, until });
    await expect(asked(ago(1), ago(0))).resolves.toMatchObject({ success: 3 });
    await expect(asked(ago(48), ago(24))).resolves.toMatchObject({ success: 0, fail: 0 });
    expect(await refusalOf(asked(ago(24 * 30), ago(0)))).toMatchObject({
      ...{ status: 400, body: { code: 'invalid_range' } },
    });
  });
});

describe('a batch of the stream that comes twice', () => {
  test('counts once, and repeats only ids that were seen', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [410] });
    const { id: messageId } = await send(target);
    await untilAnnounced(subscription, 'endpoint.disabled');
    await untilAnnounced(subscription, 'message.attempt.exhausted');
    await untilCounted(target, 0, 1);
    await untilLaneIsEmpty();
    const seen = new Set((await subscription.received()).map(({ id }) => id));
    const before = (await subscription.received()).length;

    const shardId = `shardId-${crypto.randomUUID()}`;
    const records = await recordsOfAttempts({ orgId: tenant.orgId, appId: target.appId, messageId });
    await projectAgain(records, shardId);
    await projectAgain(records, shardId);
    // Under a shard of its own the batch counts once more, and not twice.
    await untilCounted(target, 0, 2);
    const events = await eventually('the repeated events', async () => {
      const all = await subscription.received();
      return all.length >= before + 2 ? all : undefined;
    });
    expect(events).toHaveLength(before + 2);
    for (const { id } of events) expect(seen).toContain(id);
    expect(receivedBy(target)).toHaveLength(1);
  });

  test('of which nothing can be read ends in the quarantine, whole', async () => {
    const url = await contractValue('queue/project-quarantine/url');
    const before = await messagesIn(url);
    const record = {
      ...{ eventID: crypto.randomUUID(), eventName: 'INSERT', eventSource: 'aws:dynamodb' },
      dynamodb: { Keys: {}, NewImage: { kind: { S: 'attempt' } }, SequenceNumber: '1' },
    };
    await projectAgain([record], 'shardId-unreadable');
    expect(await messagesIn(url)).toBe(before + 1);
  });

  type Ref = { readonly orgId: string; readonly appId: string; readonly messageId: string };

  /** Records of the inserts of a message's attempts, as the stream tells them. */
  const recordsOfAttempts = async (ref: Ref): Promise<object[]> => {
    const { Items = [] } = await new DynamoDBClient(clientOptions()).send(
      new QueryCommand({
        TableName: await contractValue('table/name'),
        KeyConditionExpression: 'PK = :pk',
        ExpressionAttributeValues: { ':pk': { S: attemptsPartition(ref) } },
        ConsistentRead: true,
      }),
    );
    return Items.map((NewImage, index) => ({
      ...{ eventID: crypto.randomUUID(), eventName: 'INSERT', eventSource: 'aws:dynamodb' },
      dynamodb: {
        ...{ Keys: { PK: NewImage.PK, SK: NewImage.SK }, NewImage, SequenceNumber: String(index + 1) },
        ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
      },
    }));
  };

  /** Gives records to the deployed function, as the stream would. */
  const projectAgain = async (Records: readonly object[], shardId: string): Promise<void> => {
    const answer = await new LambdaClient(clientOptions()).send(
      new InvokeCommand({
        FunctionName: `fanfare-${environmentUnderTest().stage}-project-stream`,
        Qualifier: 'live',
        Payload: JSON.stringify({ Records, shardId }),
      }),
    );
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toEqual({ state: {} });
  };
});
