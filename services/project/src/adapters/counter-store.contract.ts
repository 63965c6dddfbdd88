import type { Contribution, Counted } from '../domain/counted-once.ts';
import { sortable } from '../domain/sequence.ts';
import type { CounterStore } from './counter-store.fake.ts';

type Kind<Row, Count extends string> = {
  readonly makeStore: () => Promise<CounterStore<Row, Count>>;
  /** A row that no other test uses. */
  readonly newRow: () => Row;
  /** Rows that differ from one in a single thing each. */
  readonly apartFrom: (row: Row) => readonly Row[];
  readonly counts: readonly [Count, Count, ...Count[]];
};

/** The promises of whoever keeps counters. Records of a shard come in order; batches of them come as they like. */
export const counterStoreContract = <Row, Count extends string>(kind: Kind<Row, Count>): void => {
  const shard = 'shardId-00000001414576573621-f55eea83';
  const [first, second] = kind.counts;
  let store: CounterStore<Row, Count>;
  let row: Row;

  beforeEach(async () => {
    store = await kind.makeStore();
    row = kind.newRow();
  });

  const one = (sequence: number, more: Partial<Record<Count, number>>): Contribution<Count> => ({
    sequence: sortable(String(sequence)),
    ...more,
  });
  const batch = (from: number, to: number, of: Row = row): Counted<Row, Count> => ({
    ...of,
    contributions: Array.from({ length: to - from + 1 }, (_, n) =>
      one(from + n, { [first]: 1 } as Record<Count, number>),
    ),
  });
  const counted = async () => (await store.read(row, shard))?.[first];

  test('a row that nothing was counted in is not there', async () => {
    await expect(store.read(row, shard)).resolves.toBeUndefined();
  });

  test('batches add up', async () => {
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted');
    await expect(store.count(batch(4, 5), shard)).resolves.toBe('counted');
    await expect(counted()).resolves.toBe(5);
  });

  test('every count is kept for itself, and one that goes down goes down', async () => {
    const up = kind.counts.map((count, n) => one(n + 1, { [count]: 10 ** n } as Record<Count, number>));
    const all = Object.fromEntries(kind.counts.map((count, n) => [count, 10 ** n]));
    await store.count({ ...row, contributions: up }, shard);
    await expect(store.read(row, shard)).resolves.toEqual(all);
    const down = [one(99, { [second]: -1 } as Record<Count, number>)];
    await store.count({ ...row, contributions: down }, shard);
    await expect(store.read(row, shard)).resolves.toEqual({ ...all, [second]: 9 });
  });

  test('a batch that comes twice counts once', async () => {
    await store.count(batch(1, 3), shard);
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted-before');
    await expect(counted()).resolves.toBe(3);
  });

  test('a batch whose first half was counted counts its second half', async () => {
    await store.count(batch(1, 3), shard);
    await expect(store.count(batch(1, 6), shard)).resolves.toBe('counted');
    await expect(counted()).resolves.toBe(6);
  });

  test('a half of a batch that was counted as a whole counts nothing', async () => {
    await store.count(batch(1, 6), shard);
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted-before');
    await expect(store.count(batch(4, 6), shard)).resolves.toBe('counted-before');
    await expect(counted()).resolves.toBe(6);
  });

  test('the same batch at the same time counts once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => store.count(batch(1, 3), shard)));
    await expect(counted()).resolves.toBe(3);
  });

  test('a row says up to which record its shard has counted in it', async () => {
    await expect(store.countedUpTo(row, shard)).resolves.toBeUndefined();
    await store.count(batch(1, 3), shard);
    await expect(store.countedUpTo(row, shard)).resolves.toBe(sortable('3'));
    await expect(store.countedUpTo(row, 'another')).resolves.toBeUndefined();
  });

  test('records that add nothing are counted all the same', async () => {
    await expect(store.count({ ...row, contributions: [one(1, {})] }, shard)).resolves.toBe('counted');
    await expect(store.count(batch(1, 1), shard)).resolves.toBe('counted-before');
    await expect(counted()).resolves.toBe(0);
  });

  test('sequence numbers are compared as numbers', async () => {
    await store.count(batch(9, 9), shard);
    await expect(store.count(batch(10, 10), shard)).resolves.toBe('counted');
    await expect(counted()).resolves.toBe(2);
  });

  test('shards and rows do not know of each other', async () => {
    await store.count(batch(5, 5), shard);
    await store.count(batch(1, 1), 'another');
    for (const other of kind.apartFrom(row)) await store.count(batch(2, 2, other), shard);
    await expect(counted()).resolves.toBe(1);
    for (const other of kind.apartFrom(row)) {
      await expect(store.read(other, shard)).resolves.toMatchObject({ [first]: 1 });
    }
    await expect(store.read(row, 'another')).resolves.toMatchObject({ [first]: 1 });
  });
};
