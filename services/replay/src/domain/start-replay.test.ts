import { STALLED_MS } from './background-task-json.ts';
import { fakeBackgroundTaskStore } from './background-task-store.fake.ts';
import { APP_ID, ENDPOINT_ID, endpoint, HOUR_MS, idAt, NOW } from './replay.samples.ts';
import type { ReplayOrder } from './replay-order.ts';
import { type RunInput, type StartReplayCall, type StartReplayPorts, startReplay } from './start-replay.ts';

const orgId = idAt('org', NOW);
const order: ReplayOrder = { task: 'endpoint.recover', since: NOW - HOUR_MS, dryRun: false };

const setUp = (endpointFields: Parameters<typeof endpoint>[0] = {}) => {
  const clock = { now: NOW };
  const runs: RunInput[] = [];
  const store = fakeBackgroundTaskStore(() => clock.now);
  const ports: StartReplayPorts = {
    ...store,
    findApplication: async (org, id) =>
      org === orgId && id === 'acme' ? { orgId, appId: APP_ID, version: 1 } : undefined,
    findEndpoint: async (_application, id) => (id === 'main' ? endpoint(endpointFields) : undefined),
    startRun: async (input) => {
      runs.push(input);
      return 'started';
    },
    mintTaskId: (atMs) => idAt('qtask', atMs),
    now: () => clock.now,
    sleep: async () => undefined,
    random: () => 0.5,
  };
  const start = (fields: Partial<StartReplayCall> = {}, on: Partial<StartReplayPorts> = {}) =>
    startReplay(
      { principal: { kind: 'organisation', orgId }, application: 'acme', endpoint: 'main', order, ...fields },
      { ...ports, ...on },
    );
  const started = async (...given: Parameters<typeof start>) => {
    const task = await start(...given);
    if (!task.ok) throw new Error(`refused: ${task.error.kind}`);
    return task.value;
  };
  return { clock, runs, store, start, started };
};
const byKey = (keyHash: string, fingerprint = 'body') => ({ identity: { keyHash, fingerprint } });

test('a replay is written and then started, until now where no end is given', async () => {
  const { started, runs, store } = setUp();
  const task = await started();
  expect(task).toMatchObject({ status: 'running', appId: APP_ID, endpointId: ENDPOINT_ID, until: NOW, step: 0 });
  await expect(store.findTask({ orgId, taskId: task.id })).resolves.toEqual(task);
  expect(runs).toEqual([{ orgId, taskId: task.id, execution: 0, page: 0 }]);
});

test('an end in the future is now: what comes later is sent anyway', async () => {
  const { started } = setUp();
  await expect(started({ order: { ...order, until: NOW + HOUR_MS } })).resolves.toMatchObject({ until: NOW });
});

test('a second call that asks for the same joins the first, also later, and starts what may not have been', async () => {
  const { clock, start, started, runs } = setUp();
  const unreachable = { startRun: async () => Promise.reject(new Error('unreachable')) };
  await expect(start({}, unreachable)).rejects.toThrow('unreachable');
  clock.now += 10_000;
  const joined = await started();
  expect(runs).toEqual([{ orgId, taskId: joined.id, execution: 0, page: 0 }]);
  await expect(started()).resolves.toMatchObject({ id: joined.id });
});

test.each([
  ['kind', { task: 'endpoint.replay' }],
  ['beginning', { since: NOW - 1 }],
  ['end', { until: NOW - 1 }],
  ['filter', { filter: { status: 2 } }],
  ['dry run', { dryRun: true }],
] as const)('another %s is another replay', async (_title, fields) => {
  const { started } = setUp();
  const first = await started();
  expect((await started({ order: { ...order, ...fields } })).id).not.toBe(first.id);
});

test('another tag, or none, is another replay', async () => {
  const { started } = setUp();
  const bulk = (tag?: string) => ({
    order: { ...order, task: 'endpoint.bulk-replay', filter: { status: 2, ...(tag && { tag }) } } as const,
  });
  const ids = [await started(bulk()), await started(bulk('a')), await started(bulk('b'))].map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect((await started(bulk('a'))).id).toBe(ids[1]);
});

test('the same event types in another order are the same', async () => {
  const { started } = setUp();
  const bulk = (...eventTypes: string[]) => ({
    order: { ...order, task: 'endpoint.bulk-replay', filter: { eventTypes } } as const,
  });
  const first = await started(bulk('a', 'b'));
  expect((await started(bulk('b', 'a'))).id).toBe(first.id);
});

test('of two calls at the same moment one begins and the other joins', async () => {
  const { started } = setUp();
  const tasks = await Promise.all([started(), started(), started()]);
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(1);
});

test('a replay that ended is not joined, and one that stalled is replaced', async () => {
  const { clock, started, store } = setUp();
  const first = await started();
  await store.change(orgId, first, { status: 'finished', updatedAt: NOW });
  const second = await started();
  expect(second.id).not.toBe(first.id);
  clock.now += STALLED_MS + 1;
  const third = await started();
  expect(third.id).not.toBe(second.id);
  await expect(store.findTask({ orgId, taskId: second.id })).resolves.toMatchObject({ reason: 'stalled' });
});

test('a call that is repeated with its key is answered with its task, also when that has ended', async () => {
  const { started, store, start, runs } = setUp();
  const first = await started(byKey('key'));
  await store.change(orgId, first, { status: 'finished', updatedAt: NOW });
  await expect(started(byKey('key'))).resolves.toMatchObject({ id: first.id, status: 'finished' });
  expect(runs).toHaveLength(1);
  await expect(start(byKey('key', 'another body'))).resolves.toMatchObject({ error: { kind: 'conflict' } });
});

test.each([
  ['an application that does not exist', { application: 'other' }],
  ['an endpoint that does not exist', { endpoint: 'other' }],
  ['another organisation', { principal: { kind: 'organisation', orgId: idAt('org', NOW) } }],
  ['the portal of another application', { principal: { kind: 'application', orgId, appId: idAt('app', NOW) } }],
] as const)('%s is not found, and nothing is started', async (_title, fields) => {
  const { start, runs } = setUp();
  await expect(start(fields)).resolves.toMatchObject({ error: { kind: 'not-found' } });
  expect(runs).toEqual([]);
});

test.each([
  ['is disabled', { disabled: true }],
  ['is ordered', { orderedSince: NOW }],
])('an endpoint that %s is refused, and nothing is started', async (reason, fields) => {
  const { start, runs } = setUp(fields);
  const problems = [{ loc: ['path', 'endpoint_id'], msg: expect.stringContaining(reason) }];
  await expect(start()).resolves.toMatchObject({ error: { kind: 'invalid', problems } });
  expect(runs).toEqual([]);
});

test('a deleted endpoint is not found', async () => {
  await expect(setUp({ deletedAt: 'x' }).start()).resolves.toMatchObject({ error: { kind: 'not-found' } });
});
