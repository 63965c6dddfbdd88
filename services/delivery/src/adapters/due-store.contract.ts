import type { KeepUntilDue } from '@fanfare/core/aws/due-writer';
import { DUE_BUCKET_MS, dueBucket, dueShard } from '@fanfare/core/due-time';
import { mintId } from '@fanfare/core/ids';
import { dueKey, type Key } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem, DueTask } from '@fanfare/events/due-item';
import { dueTaskOf } from '../domain/due-task.ts';
import type { DueEntry, SweepPorts } from '../domain/sweep.ts';
import { task } from '../domain/task.fake.ts';

export type DueStore = Pick<SweepPorts, 'readCursor' | 'advanceCursor' | 'readPage' | 'remove'> & {
  readonly keepUntilDue: KeepUntilDue;
  /** Puts there what no writer of this version would. */
  readonly put: (item: Key & Readonly<Record<string, unknown>>) => Promise<void>;
};

/** Far from what any other test or function of the environment looks at, and from one another. */
let from = Date.UTC(2040, 0, 1) + Math.floor(Math.random() * 1_000_000) * DUE_BUCKET_MS;
const freshTime = (): number => {
  from += DUE_BUCKET_MS;
  return from + 1_000;
};
let made = 0;
const itemAt = (dueAt: number): DueTask => {
  made += 1;
  const messageId = mintId('msg', dueAt, new Uint8Array(15).fill(made % 256));
  return dueTaskOf(task({ messageId: `${messageId}-${made}`, attempt: 2 }), dueAt, {
    lane: 'webhook',
    correlation_id: 'c',
  });
};
const dueMessage = (dueAt: number): DueItem => ({
  ...{ kind: 'due', what: 'message', dueAt, orgId: 'org_1', appId: 'app_1' },
  messageId: mintId('msg', dueAt, new Uint8Array(15)),
});
const shardOf = (item: DueItem) => dueShard(dueId(item).join('#'));
const keyOf = (item: DueItem): Key => dueKey({ dueAt: item.dueAt, what: item.what, id: dueId(item) });

/** All that one shard of a bucket answers, page by page. */
const readAll = async (store: DueStore, item: DueItem, until: number): Promise<readonly DueEntry[]> => {
  const entries: DueEntry[] = [];
  let after: Key | undefined;
  do {
    const page = await store.readPage(shardOf(item), dueBucket(item.dueAt), until, after);
    entries.push(...page.entries);
    after = page.after;
  } while (after !== undefined);
  return entries;
};

/** The promises that every store of due items keeps. */
export const dueStoreContract = (makeStore: () => Promise<DueStore>): void => {
  test('what is kept is found when it is due, as it was given, without its payload', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    await expect(store.keepUntilDue(item)).resolves.toBe('kept');
    expect(await readAll(store, item, item.dueAt)).toEqual([{ key: keyOf(item), dueAt: item.dueAt, item }]);
    expect(item.task.payload).toBeUndefined();
  });

  test('a look at parked tasks is kept as it was given', async () => {
    const store = await makeStore();
    const { dueAt, task: of } = itemAt(freshTime());
    const { orgId, appId } = of;
    const wake = { v: 1, orgId, appId, endpointId: `ep_${of.messageId}`, wakeAt: dueAt } as const;
    const item: DueItem = { kind: 'due', what: 'endpoint', dueAt, wake };
    await expect(store.keepUntilDue(item)).resolves.toBe('kept');
    await expect(store.keepUntilDue(item)).resolves.toBe('already-kept');
    expect(await readAll(store, item, dueAt)).toEqual([{ key: keyOf(item), dueAt, item }]);
  });

  test('what is not due by then is not found', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    await store.keepUntilDue(item);
    expect(await readAll(store, item, item.dueAt - 1)).toEqual([]);
  });

  test('what is kept twice is there once, as it was first', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    await store.keepUntilDue(item);
    await expect(store.keepUntilDue({ ...item, attributes: {} })).resolves.toBe('already-kept');
    expect(await readAll(store, item, item.dueAt)).toMatchObject([{ item: { attributes: { lane: 'webhook' } } }]);
  });

  test('what is written late is found in a bucket of now, and never in one that a sweep has left behind', async () => {
    const store = await makeStore();
    const before = Date.now();
    const item = itemAt(before - 86_400_000);
    await store.keepUntilDue(item);
    expect(await readAll(store, item, Date.now())).toEqual([]);
    const times = new Set([before, Date.now()].map((at) => dueBucket(at) * DUE_BUCKET_MS));
    const buckets = [...times].map((dueAt) => ({ ...item, dueAt }));
    const found = (await Promise.all(buckets.map((at) => readAll(store, at, Date.now() + 1_000)))).flat();
    const mine = found.filter((entry) => entry.item !== undefined && dueId(entry.item).join() === dueId(item).join());
    expect(mine.length).toBeGreaterThan(0);
    await store.remove(mine.map(({ key }) => key));
  });

  test('a bucket is read oldest first and page by page, each item once', async () => {
    const store = await makeStore();
    const start = freshTime();
    const items = Array.from({ length: 900 }, (_, n) => itemAt(start + ((n * 7919) % 250_000)));
    await Promise.all(items.map((item) => store.keepUntilDue(item)));
    const shard = items.filter((item) => shardOf(item) === shardOf(items[0] as DueItem));
    const found = await readAll(store, items[0] as DueItem, start + 300_000);
    expect(found.map(({ key }) => key.SK)).toEqual(shard.map((item) => keyOf(item).SK).toSorted());
    const first = await store.readPage(shardOf(items[0] as DueItem), dueBucket(start), start + 300_000);
    expect(first.entries.length).toBeLessThanOrEqual(200);
  });

  test('what is removed is gone, and removing it again changes nothing', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    await store.keepUntilDue(item);
    await store.remove([keyOf(item)]);
    await store.remove([keyOf(item)]);
    expect(await readAll(store, item, item.dueAt)).toEqual([]);
  });

  test('what cannot be read is told of and stays, and its neighbours are read', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    const strange = { ...keyOf(item), SK: `${keyOf(item).SK}-x`, kind: 'due', what: 'of a later version' };
    await store.keepUntilDue(item);
    await store.put(strange);
    const found = await readAll(store, item, item.dueAt);
    expect(found.map(({ item: read }) => read !== undefined)).toEqual([true, false]);
  });

  test('what a later version gave a task stays with it', async () => {
    const store = await makeStore();
    const item = itemAt(freshTime());
    await store.put({ ...keyOf(item), ...item, task: { ...item.task, fromTheFuture: 7 } });
    const [found] = await readAll(store, item, item.dueAt);
    expect(found?.item).toMatchObject({ task: { fromTheFuture: 7 } });
  });

  test('a message that is due later is kept beside the tasks', async () => {
    const store = await makeStore();
    const item = dueMessage(freshTime());
    await store.keepUntilDue(item);
    expect(await readAll(store, item, item.dueAt)).toEqual([{ key: keyOf(item), dueAt: item.dueAt, item }]);
  });

  test('a cursor moves forward and never back', async () => {
    const store = await makeStore();
    const before = (await store.readCursor('0')) ?? 0;
    await store.advanceCursor('0', before + 2);
    await store.advanceCursor('0', before + 1);
    await store.advanceCursor('0', before + 2);
    expect(await store.readCursor('0')).toBe(before + 2);
  });
};
