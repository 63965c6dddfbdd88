import type { ArchiveRow } from '@fanfare/events/archive-row';
import { jest } from '@jest/globals';
import { untilEnded } from './background-task.ts';
import { idsOf, newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { forgetMessage } from './forget-message.ts';
import { opsJson } from './ops-command.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const since = new Date(Date.now() - 60_000);
const send = async ({ appId }: Pick<Target, 'appId'>, ...tags: readonly string[]): Promise<string> =>
  (await tenant.svix.message.create(appId, { eventType: 'order.paid', payload: {}, tags: [...tags] })).id;
const untilAttempted = ({ appId, endpointId }: Target, count: number) =>
  eventually(`${count} attempts`, async () => {
    const { data } = await tenant.svix.messageAttempt.listByEndpoint(appId, endpointId);
    return data.length >= count ? true : undefined;
  });

/** A message with two tags, one with another tag, and one without any. */
const sent = async (target: Target) => {
  const wanted = await send(target, 'user:7', 'order_9');
  return { wanted, other: await send(target, 'user:8'), bare: await send(target) };
};

test('a message is shown with the tags that it was given, and found by each of them', async () => {
  const target = await newTarget(tenant);
  const { wanted, bare } = await sent(target);
  expect(await tenant.svix.message.get(target.appId, wanted)).toMatchObject({ tags: ['user:7', 'order_9'] });
  expect(await tenant.svix.message.get(target.appId, bare)).toMatchObject({ tags: null });
  for (const tag of ['user:7', 'order_9']) {
    const { data } = await tenant.svix.message.list(target.appId, { tag });
    expect(data).toMatchObject([{ id: wanted, tags: ['user:7', 'order_9'] }]);
  }
  expect((await tenant.svix.message.list(target.appId, { tag: 'user' })).data).toEqual([]);
  expect((await tenant.svix.message.list(target.appId)).data).toHaveLength(3);
});

test('messages of a batch have their tags', async () => {
  const target = await newTarget(tenant);
  const text = JSON.stringify([
    { eventType: 'a', payload: {}, tags: ['t'] },
    { eventType: 'a', payload: {} },
  ]);
  const reply = await call('POST', `/api/v1/app/${target.appId}/msg/batch`, { token: tenant.token, text });
  expect(reply.status).toBe(202);
  expect((await tenant.svix.message.list(target.appId, { tag: 't' })).data).toHaveLength(1);
});

test('attempts are found by the tags of their messages', async () => {
  const target = await newTarget(tenant);
  const { wanted, other } = await sent(target);
  await untilAttempted(target, 3);
  const { messageAttempt } = tenant.svix;
  const tag = 'order_9';
  const byEndpoint = await messageAttempt.listByEndpoint(target.appId, target.endpointId, { tag });
  expect(byEndpoint.data.map(({ msgId }) => msgId)).toEqual([wanted]);
  expect((await messageAttempt.listByMsg(target.appId, wanted, { tag })).data).toHaveLength(1);
  expect((await messageAttempt.listByMsg(target.appId, other, { tag })).data).toEqual([]);
  const messages = await messageAttempt.listAttemptedMessages(target.appId, target.endpointId, { tag });
  expect(messages.data).toMatchObject([{ id: wanted, tags: ['user:7', 'order_9'] }]);
});

test('attempts at an ordered endpoint are found by the tags of their messages', async () => {
  const target = await newTarget(tenant, { metadata: { 'fanfare.ordered': 'true' } });
  const { wanted } = await sent(target);
  await untilAttempted(target, 3);
  const { data } = await tenant.svix.messageAttempt.listByEndpoint(target.appId, target.endpointId, { tag: 'user:7' });
  expect(data.map(({ msgId }) => msgId)).toEqual([wanted]);
});

test('a bulk replay by tag sends the messages that have it and no others, and another tag is another replay', async () => {
  const target = await newTarget(tenant);
  const { wanted } = await sent(target);
  await untilAttempted(target, 3);
  const replay = (tag: string) => tenant.svix.endpoint.bulkReplay(target.appId, target.endpointId, { since, tag });
  const [first, none] = [await replay('user:7'), await replay('user')];
  expect(none.id).not.toBe(first.id);
  expect(await untilEnded(tenant, first.id)).toMatchObject({ status: 'finished', data: { messagesSent: 1 } });
  expect(await untilEnded(tenant, none.id)).toMatchObject({ status: 'finished', data: { messagesSent: 0 } });
  expect(idsOf(await untilReceived(target, 4))[3]).toBe(wanted);
  await untilLaneIsEmpty();
  expect(receivedBy(target)).toHaveLength(4);
});

test('the archive is asked by tag, and gives messages back with their tags', async () => {
  const target = await newTarget(tenant);
  const { wanted } = await sent(target);
  const of = ['--app', target.appId, '--since', '1h', '--tag', 'order_9'];
  const rows = await eventually('the message and its attempt archived', async () => {
    const found = await opsJson<{ rows: ArchiveRow[] }>('archive', 'query', ...of);
    return found.rows.length >= 2 ? found.rows : undefined;
  });
  expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['attempt', 'message']);
  for (const row of rows) expect(row).toMatchObject({ tags: ['user:7', 'order_9'] });
  await forgetMessage({ orgId: tenant.orgId, appId: target.appId, messageId: wanted });
  await expect(opsJson('archive', 'restore', ...of)).resolves.toMatchObject({ matched: 1, restored: 1 });
  const { data } = await tenant.svix.message.list(target.appId, { tag: 'order_9' });
  expect(data).toMatchObject([{ id: wanted, tags: ['user:7', 'order_9'] }]);
});
