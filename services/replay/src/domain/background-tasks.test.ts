import { fakeBackgroundTaskStore } from './background-task-store.fake.ts';
import {
  type BackgroundTaskPorts,
  backgroundTaskFor,
  cancelBackgroundTask,
  listBackgroundTasks,
} from './background-tasks.ts';
import { HOUR_MS, idAt, importTask, NOW, task } from './replay.samples.ts';

const orgId = idAt('org', NOW);
const organisation = { kind: 'organisation', orgId } as const;

const setUp = async (
  tasks: readonly ReturnType<typeof task>[],
  imports: readonly ReturnType<typeof importTask>[] = [],
) => {
  const store = fakeBackgroundTaskStore(() => NOW);
  for (const [index, one] of tasks.entries()) await store.begin(orgId, { task: { ...one, request: `r-${index}` } });
  for (const one of imports) await store.put(orgId, one);
  const ports: BackgroundTaskPorts = { ...store, now: () => NOW, sleep: async () => undefined, random: () => 0.5 };
  const list = async (query: Record<string, string> = {}) => {
    const answer = await listBackgroundTasks(orgId, query, ports);
    if (!answer.ok) return answer.error;
    const page = JSON.parse(answer.value.body) as { data: { id: string }[]; iterator: string; done: boolean };
    return { ids: page.data.map(({ id }) => id), iterator: page.iterator, done: page.done };
  };
  return { ports, list };
};
const aged = (ago: number, fields: Parameters<typeof task>[0] = {}) =>
  task({ id: idAt('qtask', NOW - ago), ...fields });

describe('the list of tasks', () => {
  test('is newest first, or as it is asked for, page by page', async () => {
    const tasks = [3, 2, 1].map((ago) => aged(ago * HOUR_MS));
    const [oldest, middle, latest] = tasks.map(({ id }) => id);
    const { list } = await setUp(tasks);
    await expect(list({ limit: '2' })).resolves.toEqual({ ids: [latest, middle], iterator: middle, done: false });
    const next = { limit: '2', iterator: String(middle) };
    await expect(list(next)).resolves.toEqual({ ids: [oldest], iterator: oldest, done: true });
    await expect(list({ order: 'ascending', limit: '1' })).resolves.toMatchObject({ ids: [oldest] });
    await expect(list({ iterator: `-${oldest}` })).resolves.toMatchObject({ ids: [latest, middle] });
  });

  test('counts a task that stalled among those that failed', async () => {
    const [stalled, runs] = [aged(2, { updatedAt: NOW - 2 * HOUR_MS }), aged(1)];
    const { list } = await setUp([stalled, runs]);
    await expect(list({ status: 'failed' })).resolves.toMatchObject({ ids: [stalled.id] });
    await expect(list({ status: 'running' })).resolves.toMatchObject({ ids: [runs.id] });
    await expect(list({ task: 'application.stats' })).resolves.toMatchObject({ ids: [], done: true });
  });

  test('holds imports only where they are asked for, because SDKs know no such task', async () => {
    const [replay, one] = [aged(2), importTask({ id: idAt('qtask', NOW - 1) })];
    const { list } = await setUp([replay], [one]);
    await expect(list()).resolves.toMatchObject({ ids: [replay.id] });
    await expect(list({ status: 'running' })).resolves.toMatchObject({ ids: [replay.id] });
    await expect(list({ task: 'message.import' })).resolves.toMatchObject({ ids: [one.id], done: true });
  });

  test('leaves out what has expired', async () => {
    const { list } = await setUp([aged(1, { expiresAt: NOW / 1000 - 1 })]);
    await expect(list()).resolves.toMatchObject({ ids: [] });
  });

  test('gives a short page where a filter leaves little, and says where to go on', async () => {
    const tasks = Array.from({ length: 1_001 }, (_, n) => aged(n + 1));
    const { list } = await setUp([...tasks, aged(HOUR_MS, { task: 'endpoint.replay' })]);
    const page = await list({ task: 'endpoint.replay' });
    expect(page).toMatchObject({ ids: [], done: false });
    const { iterator } = page as { iterator: string };
    await expect(list({ task: 'endpoint.replay', iterator })).resolves.toMatchObject({ done: true });
  });

  test.each([
    ['status', { status: 'done' }],
    ['limit', { limit: '251' }],
    ['task', { task: '#' }],
  ])('refuses a wrong %s', async (name, query) => {
    const { list } = await setUp([]);
    await expect(list(query)).resolves.toMatchObject({ kind: 'invalid', problems: [{ loc: ['query', name] }] });
  });
});

describe('one task', () => {
  test('is for its organisation and the portal of its application, and for nobody else', async () => {
    const one = task();
    const { ports } = await setUp([one]);
    const portal = { kind: 'application', orgId, appId: one.appId } as const;
    for (const principal of [organisation, portal]) {
      await expect(backgroundTaskFor(principal, one.id, ports)).resolves.toMatchObject({ ok: true });
    }
    const others = [{ ...portal, appId: idAt('app', NOW) }, { kind: 'organisation', orgId: idAt('org', NOW) } as const];
    for (const principal of others) {
      await expect(backgroundTaskFor(principal, one.id, ports)).resolves.toMatchObject({
        error: { kind: 'not-found' },
      });
    }
  });

  test.each(['x', '', 'qtask_x', '../..'])('named %j is not there', async (id) => {
    const { ports } = await setUp([]);
    await expect(backgroundTaskFor(organisation, id, ports)).resolves.toMatchObject({ error: { kind: 'not-found' } });
  });
});

describe('cancelling', () => {
  test('ends a task that runs, once', async () => {
    const one = task();
    const { ports } = await setUp([one]);
    const canceled = { ok: true, value: { status: 'failed', reason: 'canceled' } };
    await expect(cancelBackgroundTask(organisation, one.id, ports)).resolves.toMatchObject(canceled);
    await expect(cancelBackgroundTask(organisation, one.id, ports)).resolves.toMatchObject(canceled);
  });

  test('ends a task that takes a step at the same moment', async () => {
    const one = task();
    const { ports } = await setUp([one]);
    let steps = 0;
    const busy: BackgroundTaskPorts = {
      ...ports,
      findTask: async (ref) => {
        const found = await ports.findTask(ref);
        if (found !== undefined && steps < 2) {
          steps += 1;
          await ports.change(orgId, found, { sent: steps, updatedAt: NOW });
        }
        return found;
      },
    };
    await expect(cancelBackgroundTask(organisation, one.id, busy)).resolves.toMatchObject({
      value: { reason: 'canceled', sent: 2 },
    });
  });

  test('an import is for the producer whose file it is, not for the portal of the application it is for', async () => {
    const one = importTask();
    const { ports } = await setUp([], [one]);
    const portal = { kind: 'application', orgId, appId: one.appId } as const;
    const stranger = { ...portal, appId: idAt('app', NOW) };
    await expect(cancelBackgroundTask(portal, one.id, ports)).resolves.toMatchObject({ error: { kind: 'forbidden' } });
    await expect(cancelBackgroundTask(stranger, one.id, ports)).resolves.toMatchObject({
      error: { kind: 'not-found' },
    });
    await expect(backgroundTaskFor(portal, one.id, ports)).resolves.toEqual({ ok: true, value: one });
    await expect(cancelBackgroundTask(organisation, one.id, ports)).resolves.toMatchObject({
      value: { reason: 'canceled' },
    });
  });

  test('leaves a task that has finished as it is', async () => {
    const one = task({ status: 'finished' });
    const { ports } = await setUp([one]);
    await expect(cancelBackgroundTask(organisation, one.id, ports)).resolves.toMatchObject({
      value: { status: 'finished' },
    });
  });
});
