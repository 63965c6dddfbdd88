import type { BackgroundTaskStore } from '../domain/background-task-store.fake.ts';
import { HOUR_MS, idAt, importTask, NOW, task } from '../domain/replay.samples.ts';

const newest = { newestFirst: true, limit: 10 };
const claimOf = (taskId: string, expiresAt = Math.floor(Date.now() / 1000) + 3600) => ({
  keyHash: 'key-1',
  fingerprint: 'body-1',
  taskId,
  expiresAt,
});

/** The promises of every store of background tasks. Each test has an organisation of its own. */
export const backgroundTaskStoreContract = (makeStore: () => Promise<BackgroundTaskStore>): void => {
  const setUp = async () => ({ store: await makeStore(), orgId: idAt('org', NOW) });
  const roomOf = (orgId: string, { appId, endpointId }: ReturnType<typeof task>) => ({ orgId, appId, endpointId });

  test('a task that was begun is found, as what runs for its request and as the answer to its call', async () => {
    const { store, orgId } = await setUp();
    const begun = task({ filter: { eventTypes: ['a'], tag: 'user_7', status: 2 }, dryRun: true });
    await expect(store.begin(orgId, { task: begun, claim: claimOf(begun.id) })).resolves.toBe('begun');
    await expect(store.findTask({ orgId, taskId: begun.id })).resolves.toEqual(begun);
    await expect(store.findRunning(roomOf(orgId, begun), begun.request)).resolves.toBe(begun.id);
    await expect(store.findRunning(roomOf(orgId, begun), 'another')).resolves.toBeUndefined();
    await expect(store.findClaim(orgId, 'key-1')).resolves.toEqual(claimOf(begun.id, expect.any(Number) as never));
  });

  test('another organisation finds none of it', async () => {
    const { store, orgId } = await setUp();
    const begun = task();
    await store.begin(orgId, { task: begun, claim: claimOf(begun.id) });
    const stranger = idAt('org', NOW);
    await expect(store.findTask({ orgId: stranger, taskId: begun.id })).resolves.toBeUndefined();
    await expect(store.findRunning(roomOf(stranger, begun), begun.request)).resolves.toBeUndefined();
    await expect(store.findClaim(stranger, 'key-1')).resolves.toBeUndefined();
    await expect(store.readTasks(stranger, newest)).resolves.toEqual({ items: [], more: false });
  });

  test('of two that ask for the same one is begun, and nothing is written of the other', async () => {
    const { store, orgId } = await setUp();
    const [first, second] = [task(), task()];
    await store.begin(orgId, { task: first });
    await expect(store.begin(orgId, { task: second, claim: claimOf(second.id) })).resolves.toBe('lost-race');
    await expect(store.findTask({ orgId, taskId: second.id })).resolves.toBeUndefined();
    await expect(store.findClaim(orgId, 'key-1')).resolves.toBeUndefined();
  });

  test('a call that was answered begins nothing more, until its claim is over', async () => {
    const { store, orgId } = await setUp();
    const [first, second] = [task(), task({ request: 'request-2' })];
    const over = Math.floor(Date.now() / 1000) - 10;
    await store.begin(orgId, { task: first, claim: claimOf(first.id) });
    await expect(store.begin(orgId, { task: second, claim: claimOf(second.id) })).resolves.toBe('lost-race');
    const { orgId: other } = await setUp();
    await store.begin(other, { task: first, claim: claimOf(first.id, over) });
    await expect(store.findClaim(other, 'key-1')).resolves.toBeUndefined();
    await expect(store.begin(other, { task: second, claim: claimOf(second.id) })).resolves.toBe('begun');
  });

  test('a step counts once: whoever saw the task before it loses', async () => {
    const { store, orgId } = await setUp();
    const begun = task();
    await store.begin(orgId, { task: begun });
    const cursor = idAt('atmpt', NOW);
    const change = { cursor, scanned: 5, sent: 2, matched: 3, updatedAt: NOW + 1 };
    await expect(store.change(orgId, begun, change)).resolves.toBe('changed');
    await expect(store.change(orgId, begun, { sent: 99, updatedAt: NOW + 2 })).resolves.toBe('lost-race');
    await expect(store.findTask({ orgId, taskId: begun.id })).resolves.toEqual({ ...begun, ...change, step: 1 });
  });

  test('what held up a step is told until the next one', async () => {
    const { store, orgId } = await setUp();
    const begun = task();
    await store.begin(orgId, { task: begun });
    await store.change(orgId, begun, { waitsFor: 'breaker', updatedAt: NOW + 1 });
    const held = await store.findTask({ orgId, taskId: begun.id });
    expect(held).toEqual({ ...begun, waitsFor: 'breaker', step: 1, updatedAt: NOW + 1 });
    if (held !== undefined) await store.change(orgId, held, { sent: 1, updatedAt: NOW + 2 });
    await expect(store.findTask({ orgId, taskId: begun.id })).resolves.not.toHaveProperty('waitsFor');
  });

  test('a task that ended leaves room for the next, and cannot be changed any more', async () => {
    const { store, orgId } = await setUp();
    const begun = task();
    await store.begin(orgId, { task: begun });
    await store.change(orgId, begun, { status: 'failed', reason: 'canceled', updatedAt: NOW + 1 });
    await expect(store.change(orgId, { ...begun, step: 1 }, { updatedAt: NOW + 2 })).resolves.toBe('lost-race');
    await expect(store.findRunning(roomOf(orgId, begun), begun.request)).resolves.toBeUndefined();
    await expect(store.begin(orgId, { task: task() })).resolves.toBe('begun');
  });

  test('a task that stalled ends by the one that takes its place, unless it moves', async () => {
    const { store, orgId } = await setUp();
    const [stalled, next] = [task(), task()];
    await store.begin(orgId, { task: stalled });
    await expect(store.begin(orgId, { task: next, instead: { ...stalled, step: 9 } })).resolves.toBe('lost-race');
    await expect(store.begin(orgId, { task: next, instead: stalled })).resolves.toBe('begun');
    await expect(store.findTask({ orgId, taskId: stalled.id })).resolves.toMatchObject({ reason: 'stalled' });
    await expect(store.findRunning(roomOf(orgId, next), next.request)).resolves.toBe(next.id);
  });

  test('a task of another kind is found, listed and ended as it is, and is no replay', async () => {
    const { store, orgId } = await setUp();
    const one = importTask();
    const ref = { orgId, taskId: one.id };
    await store.put(orgId, one);
    await expect(store.findTask(ref)).resolves.toEqual(one);
    await expect(store.findReplay(ref)).resolves.toBeUndefined();
    await expect(store.readTasks(orgId, newest)).resolves.toEqual({ items: [one], more: false });
    const canceled = { status: 'failed', reason: 'canceled', updatedAt: NOW + 1 } as const;
    await expect(store.change(orgId, one, canceled)).resolves.toBe('changed');
    await expect(store.findTask(ref)).resolves.toEqual({ ...one, ...canceled, step: one.step + 1 });
  });

  test('tasks are listed by their ids, from either end', async () => {
    const { store, orgId } = await setUp();
    const tasks = [3, 2, 1].map((ago) => task({ id: idAt('qtask', NOW - ago * HOUR_MS), request: `r-${ago}` }));
    for (const one of tasks) await store.begin(orgId, { task: one });
    const ids = tasks.map(({ id }) => id);
    const [oldest, middle, latest] = ids;
    const read = async (span: Parameters<BackgroundTaskStore['readTasks']>[1]) => {
      const { items, more } = await store.readTasks(orgId, span);
      return { ids: items.map(({ id }) => id), more };
    };
    await expect(read({ newestFirst: true, limit: 2 })).resolves.toEqual({ ids: [latest, middle], more: true });
    await expect(read({ ...newest, olderThan: middle })).resolves.toEqual({ ids: [oldest], more: false });
    const after = { newestFirst: false, limit: 10, newerThan: oldest };
    await expect(read(after)).resolves.toEqual({ ids: [middle, latest], more: false });
  });
};
