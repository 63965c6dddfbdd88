import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { logKey, type MessageRef, messageKey, versionKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import {
  idsOf,
  newApplication,
  newEndpoint,
  newTarget,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { runSweep } from './run-sweep.ts';
import { call, newTenant, signed, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const ORDERED = { metadata: { 'fanfare.ordered': 'true', plan: 'pro' } };
const item = async (Key: { PK: string; SK: string }) => {
  const TableName = await contractValue('table/name');
  return (await testTableClient().send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
};
const refOf = (appId: string, messageId: string): MessageRef => ({ orgId: tenant.orgId, appId, messageId });
const orderOf = async (appId: string, messageId: string) => (await item(messageKey(refOf(appId, messageId))))?.order;
const countedIn = async (appId: string) => (await item(versionKey({ orgId: tenant.orgId, appId })))?.orderedEndpoints;
const endpointPath = ({ appId, endpointId }: Target) => `/api/v1/app/${appId}/endpoint/${endpointId}`;
const change = (method: 'PUT' | 'PATCH', target: Target, body: object, token = tenant.token) =>
  call(method, endpointPath(target), { token, text: JSON.stringify(body) });

describe('an endpoint', () => {
  test('is made ordered, changed and shown through the client library, which knows no such field', async () => {
    const target = await newTarget(tenant, ORDERED);
    const { appId, endpointId } = target;
    expect(await tenant.svix.endpoint.get(appId, endpointId)).toMatchObject(ORDERED);
    expect(await countedIn(appId)).toBe(1);
    await tenant.svix.endpoint.patch(appId, endpointId, { metadata: { plan: 'free' } });
    const { metadata } = await tenant.svix.endpoint.get(appId, endpointId);
    expect(metadata).toEqual({ plan: 'free', 'fanfare.ordered': 'true' });
    await tenant.svix.endpoint.patch(appId, endpointId, { metadata: { 'fanfare.ordered': 'false' } });
    expect((await tenant.svix.endpoint.get(appId, endpointId)).metadata).toEqual({});
    expect(await countedIn(appId)).toBe(0);
  });

  test('is made ordered and not by a field of its own, and is counted until it is deleted', async () => {
    const target = await newTarget(tenant);
    expect(await change('PATCH', target, { ordered: true })).toMatchObject({ status: 200, body: { ordered: true } });
    const url = receiver().url(target.path);
    expect(await change('PUT', target, { url })).toMatchObject({ status: 200, body: { ordered: false, metadata: {} } });
    await change('PUT', target, { url, ordered: true });
    expect(await countedIn(target.appId)).toBe(1);
    await tenant.svix.endpoint.delete(target.appId, target.endpointId);
    expect(await countedIn(target.appId)).toBe(0);
  });

  test('of AWS cannot be ordered, what is said must be yes or no, and nothing of it is written', async () => {
    const target = await newTarget(tenant);
    const arn = 'arn:aws:sqs:us-east-1:000000000000:allowed-ordered';
    const refused = (loc: readonly string[]) => ({ status: 422, body: { detail: [{ loc: ['body', ...loc] }] } });
    const asked = { url: arn, ordered: true };
    expect(await change('PATCH', target, asked)).toMatchObject(refused(['ordered']));
    expect(await change('PATCH', target, { ordered: 'yes' })).toMatchObject(refused(['ordered']));
    const unclear = { metadata: { 'fanfare.ordered': 'maybe' } };
    expect(await change('PATCH', target, unclear)).toMatchObject(refused(['metadata', 'fanfare.ordered']));
    expect(await tenant.svix.endpoint.get(target.appId, target.endpointId)).toMatchObject({
      url: receiver().url(target.path),
      metadata: {},
    });
    expect(await countedIn(target.appId)).toBeUndefined();
  });

  test("is made ordered by its application's own portal, and not by another tenant", async () => {
    const target = await newTarget(tenant);
    const portal = await signed({ sub: target.appId, org: tenant.orgId });
    const other = await newTenant();
    expect((await change('PATCH', target, { ordered: true }, other.token)).status).toBe(404);
    expect((await change('PATCH', target, { ordered: true }, portal)).status).toBe(200);
  });
});

describe('a message with an ordering key', () => {
  const message = (orderingKey: string, more: object = {}) => ({
    eventType: 'invoice.paid',
    payload: { orderingKey },
    transformationsParams: { orderingKey },
    ...more,
  });

  test('takes its place in the log of its key, which the client library passes on', async () => {
    const { appId } = await newTarget(tenant, ORDERED);
    const first = await tenant.svix.message.create(appId, message('order-7'));
    const second = await tenant.svix.message.create(appId, message('order-7'));
    const other = await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: {} });
    expect(await orderOf(appId, first.id)).toEqual({ key: 'order-7', number: 1 });
    expect(await orderOf(appId, second.id)).toEqual({ key: 'order-7', number: 2 });
    expect(await orderOf(appId, other.id)).toEqual({ key: '.', number: 1 });
    const place = await item(logKey({ orgId: tenant.orgId, appId, orderingKey: 'order-7' }, 2));
    expect(place).toMatchObject({ kind: 'log-entry', messageId: second.id, eventType: 'invoice.paid' });
  });

  test('takes none where nothing is ordered, and is delivered as ever', async () => {
    const target = await newTarget(tenant);
    const { id } = await tenant.svix.message.create(target.appId, message('order-7'));
    await untilReceived(target, 1);
    expect(await orderOf(target.appId, id)).toBeUndefined();
    expect(idsOf(receivedBy(target))).toEqual([id]);
  });

  test('goes through the log to the endpoint that is ordered, and as a task to the one that is not', async () => {
    const appId = await newApplication(tenant);
    const [ordered, plain] = [await newEndpoint(tenant, appId, ORDERED), await newEndpoint(tenant, appId)];
    const { id } = await tenant.svix.message.create(appId, message('order-7'));
    await Promise.all([untilReceived(ordered, 1), untilReceived(plain, 1)]);
    await untilLaneIsEmpty();
    expect([...idsOf(receivedBy(ordered)), ...idsOf(receivedBy(plain))]).toEqual([id, id]);
  });

  test('that waits for its time takes its place when it is due, behind those that were accepted meanwhile', async () => {
    const target = await newTarget(tenant, ORDERED);
    const { appId } = target;
    const deliverAt = new Date(Date.now() + 1_500);
    const later = await tenant.svix.message.create(appId, message('order-7', { deliverAt }));
    const now = await tenant.svix.message.create(appId, message('order-7'));
    expect(await orderOf(appId, later.id)).toBeUndefined();
    await sleep(1_500);
    await Promise.all([runSweep(), runSweep()]);
    await untilReceived(target, 2);
    expect(await orderOf(appId, now.id)).toEqual({ key: 'order-7', number: 1 });
    expect(await orderOf(appId, later.id)).toEqual({ key: 'order-7', number: 2 });
    expect(idsOf(receivedBy(target))).toEqual([now.id, later.id]);
  });

  test.each([
    ['', 'is empty'],
    ['a b', 'has a space'],
    ['a.b', 'has a dot'],
    ['x'.repeat(65), 'is too long'],
  ])('%p is refused at its field, as it %s', async (orderingKey) => {
    const { appId } = await newTarget(tenant, ORDERED);
    const text = JSON.stringify({ eventType: 'a', payload: {}, orderingKey });
    await expect(call('POST', `/api/v1/app/${appId}/msg`, { token: tenant.token, text })).resolves.toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'orderingKey'] }] },
    });
  });
});
