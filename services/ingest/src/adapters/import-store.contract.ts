import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { IMPORT, type ImportTask } from '@fanfare/events/import-task';
import type { ImportStore } from '../domain/import-store.fake.ts';

const idOf = (prefix: 'org' | 'app' | 'qtask', atMs: number): string =>
  mintId(prefix, atMs, crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));

/** The promises of every store of imports. Each test has an organisation of its own. */
export const importStoreContract = (makeStore: () => Promise<ImportStore>): void => {
  const setUp = async () => {
    const at = Date.now();
    const [orgId, appId] = [idOf('org', at), idOf('app', at)];
    const task = (fields: Partial<ImportTask> = {}): ImportTask => ({
      ...{ kind: 'background-task', id: idOf('qtask', at), task: IMPORT, status: 'running', appId },
      ...{ file: `${orgId}/acme/a.jsonl`, etag: '"1"', bytes: 10, version: '1', run: 'run-1', step: 0 },
      ...{ offset: 0, line: 0, read: 0, at, accepted: 0, repeated: 0, rejected: 0, rejectedParts: 0 },
      ...{ createdAt: at, updatedAt: at, expiresAt: Math.floor(at / 1000) + 3600 },
      ...fields,
    });
    return { store: await makeStore(), orgId, appId, task, at };
  };

  test('an import that was begun is found, by its id and by what it imports', async () => {
    const { store, orgId, appId, task } = await setUp();
    const begun = task();
    await expect(store.begin(orgId, begun, 'content-1')).resolves.toBe('begun');
    await expect(store.findImport({ orgId, taskId: begun.id })).resolves.toEqual(begun);
    await expect(store.findImportOf({ orgId, appId }, 'content-1')).resolves.toBe(begun.id);
    await expect(store.findImportOf({ orgId, appId }, 'content-2')).resolves.toBeUndefined();
    await expect(store.findImportOf({ orgId: idOf('org', Date.now()), appId }, 'content-1')).resolves.toBeUndefined();
  });

  test('of two imports of the same content one is begun, and nothing is written of the other', async () => {
    const { store, orgId, task } = await setUp();
    const [first, second] = [task(), task()];
    await store.begin(orgId, first, 'content');
    await expect(store.begin(orgId, second, 'content')).resolves.toBe('lost-race');
    await expect(store.findImport({ orgId, taskId: second.id })).resolves.toBeUndefined();
  });

  test('a content is imported again when its import is forgotten', async () => {
    const { store, orgId, appId, task, at } = await setUp();
    await store.begin(orgId, task({ expiresAt: Math.floor(at / 1000) - 10 }), 'content');
    await expect(store.findImportOf({ orgId, appId }, 'content')).resolves.toBeUndefined();
    await expect(store.begin(orgId, task(), 'content')).resolves.toBe('begun');
  });

  test('a change counts once: whoever saw the task before it loses', async () => {
    const { store, orgId, task, at } = await setUp();
    const begun = task();
    await store.begin(orgId, begun, 'content');
    const change = { offset: 5, line: 2, read: 5, at: at + 1, accepted: 1, rejected: 1, updatedAt: at + 1 };
    await expect(store.change(orgId, begun, change)).resolves.toBe('changed');
    await expect(store.change(orgId, begun, { accepted: 99, updatedAt: at + 2 })).resolves.toBe('lost-race');
    await expect(store.findImport({ orgId, taskId: begun.id })).resolves.toEqual({ ...begun, ...change, step: 1 });
  });

  test('an import that runs again has no reason any more', async () => {
    const { store, orgId, task, at } = await setUp();
    const begun = task();
    await store.begin(orgId, begun, 'content');
    await store.change(orgId, begun, { status: 'failed', reason: 'canceled', updatedAt: at });
    const resumed = { status: 'running', run: 'run-2', version: '2', updatedAt: at } as const;
    await expect(store.change(orgId, { ...begun, step: 1 }, resumed)).resolves.toBe('changed');
    await expect(store.findImport({ orgId, taskId: begun.id })).resolves.toEqual({ ...begun, ...resumed, step: 2 });
  });

  test('what nobody has begun is not changed into being', async () => {
    const { store, orgId, task } = await setUp();
    const never = task();
    await expect(store.change(orgId, never, { accepted: 1, updatedAt: 1 })).resolves.toBe('lost-race');
    await expect(store.findImport({ orgId, taskId: never.id })).resolves.toBeUndefined();
  });
};
