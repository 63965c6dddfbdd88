import { jest } from '@jest/globals';
import { BackgroundTaskStatus, BackgroundTaskType, Ordering, type Svix } from 'svix';
import { untilEnded } from './background-task.ts';
import { newTarget, type Target, useReceiver } from './delivery-target.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let target: Target;
let taskId: string;

const since = new Date(Date.now() - 60_000);
const portalOf = async ({ orgId }: Tenant, { appId }: Target): Promise<Svix> =>
  sdk(await signed({ sub: appId, org: orgId }));

beforeAll(async () => {
  tenant = await newTenant();
  target = await newTarget(tenant);
  taskId = (await tenant.svix.endpoint.recover(target.appId, target.endpointId, { since })).id;
  await untilEnded(tenant, taskId);
});

const NOT_FOUND = { status: 404, body: { code: 'not_found', detail: expect.any(String) } };

describe('the portal of an application', () => {
  test('recovers and replays at its own endpoints, and follows its own tasks', async () => {
    const portal = await portalOf(tenant, target);
    const recovered = await portal.endpoint.recover(target.appId, target.endpointId, { since });
    const replayed = await portal.endpoint.replayMissing(target.appId, target.endpointId, { since });
    for (const { id } of [recovered, replayed]) expect((await portal.backgroundTask.get(id)).id).toBe(id);
    expect(await refusalOf(portal.backgroundTask.list())).toMatchObject({ status: 403 });
  });

  test('finds neither endpoints nor tasks of another application', async () => {
    const portal = await portalOf(tenant, await newTarget(tenant));
    expect(await refusalOf(portal.endpoint.recover(target.appId, target.endpointId, { since }))).toEqual(NOT_FOUND);
    expect(await refusalOf(portal.backgroundTask.get(taskId))).toEqual(NOT_FOUND);
  });
});

test('another organisation finds neither the endpoint nor the task, and lists its own tasks alone', async () => {
  const { svix, token } = await newTenant();
  expect(await refusalOf(svix.endpoint.replayMissing(target.appId, target.endpointId, { since }))).toEqual(NOT_FOUND);
  expect(await refusalOf(svix.endpoint.bulkReplay(target.appId, target.endpointId, { since }))).toEqual(NOT_FOUND);
  expect(await refusalOf(svix.backgroundTask.get(taskId))).toEqual(NOT_FOUND);
  expect(await call('POST', `/api/v1/background-task/${taskId}/cancel`, { token })).toMatchObject({ status: 404 });
  expect(await svix.backgroundTask.list()).toEqual({ data: [], iterator: null, done: true });
});

describe('the tasks of an organisation', () => {
  test('are listed page by page, the newest first, and by status and kind', async () => {
    const own = await newTenant();
    const { appId, endpointId } = await newTarget(own);
    const ids: string[] = [];
    for (const dayAgo of [1, 2, 3]) {
      const from = new Date(Date.now() - dayAgo * 86_400_000);
      ids.push((await own.svix.endpoint.replayMissing(appId, endpointId, { since: from })).id);
    }
    for (const id of ids) await untilEnded(own, id);
    const first = await own.svix.backgroundTask.list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 2));
    expect(first.done).toBe(false);
    const second = await own.svix.backgroundTask.list({ limit: 2, iterator: first.iterator });
    expect(second).toMatchObject({ data: [{ id: ids[0] }], done: true });
    const oldest = await own.svix.backgroundTask.list({ order: Ordering.Ascending, limit: 1 });
    expect(oldest.data[0]?.id).toBe(ids[0]);
    expect((await own.svix.backgroundTask.list({ status: BackgroundTaskStatus.Running })).data).toEqual([]);
    expect((await own.svix.backgroundTask.list({ task: BackgroundTaskType.EndpointReplay })).data).toHaveLength(3);
    expect((await own.svix.backgroundTask.list({ task: BackgroundTaskType.EndpointRecover })).data).toEqual([]);
  });
});

describe('a call that makes no sense', () => {
  const post = (operation: string, body: unknown) =>
    call('POST', `/api/v1/app/${target.appId}/endpoint/${target.endpointId}/${operation}`, {
      token: tenant.token,
      text: JSON.stringify(body),
    });
  const at = (...loc: string[]) => ({ status: 422, body: { detail: [{ loc, msg: expect.any(String) }] } });

  test.each([
    ['recover', {}, ['body', 'since']],
    ['recover', { since: 'yesterday' }, ['body', 'since']],
    ['recover', { since: '2020-01-01T00:00:00Z' }, ['body', 'since']],
    ['replay-missing', { since: '2099-01-01T00:00:00Z' }, ['body', 'since']],
    ['replay-missing', { since: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, ['body', 'since']],
    ['bulk-replay', { since, tag: 'a b' }, ['body', 'tag']],
    ['bulk-replay', { since, status: 7 }, ['body', 'status']],
    ['bulk-replay', { since, eventTypes: [] }, ['body', 'eventTypes']],
    ['bulk-replay', { since, channel: 'a b' }, ['body', 'channel']],
    ['bulk-replay', { since, event_types: ['a'] }, ['body', 'event_types']],
    ['recover', { since, status: 2 }, ['body', 'status']],
  ])('of %s with %j is told where', async (operation, body, loc) => {
    expect(await post(operation, body)).toMatchObject(at(...loc));
  });

  test('for an endpoint that is disabled is told so', async () => {
    const disabled = await newTarget(tenant, { disabled: true });
    const call = tenant.svix.endpoint.recover(disabled.appId, disabled.endpointId, { since });
    expect(await refusalOf(call)).toMatchObject(at('path', 'endpoint_id'));
  });
});
