import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { sortable } from '../domain/sequence.ts';
import type { Contribution, Tally } from '../domain/tally.ts';
import type { StatisticsStore } from './statistics-store.fake.ts';

const newId = (prefix: 'org' | 'app' | 'ep') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

/** The promises of whoever keeps the counters. Records of a shard come in order; batches of them come as they like. */
export const statisticsStoreContract = (makeStore: () => Promise<StatisticsStore>): void => {
  const hour = new Date().toISOString().slice(0, 13);
  const shard = 'shardId-00000001414576573621-f55eea83';
  let store: StatisticsStore;
  let row: Pick<Tally, 'endpoint' | 'hour'>;

  beforeEach(async () => {
    store = await makeStore();
    row = { endpoint: { orgId: newId('org'), appId: newId('app'), endpointId: newId('ep') }, hour };
  });

  const one = (sequence: number, more: Partial<Contribution> = { delivered: 1 }): Contribution => ({
    sequence: sortable(String(sequence)),
    ...more,
  });
  const batch = (from: number, to: number): Tally => ({
    ...row,
    contributions: Array.from({ length: to - from + 1 }, (_, n) => one(from + n)),
  });
  const delivered = async () => (await store.read(row, shard))?.delivered;

  test('a row that nothing was counted in is not there', async () => {
    await expect(store.read(row, shard)).resolves.toBeUndefined();
  });

  test('batches add up', async () => {
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted');
    await expect(store.count(batch(4, 5), shard)).resolves.toBe('counted');
    await expect(delivered()).resolves.toBe(5);
  });

  test('every count is kept for itself, and one that goes down goes down', async () => {
    const contributions = [
      one(1, { failed: 1, exhausted: 1 }),
      one(2, { failed: 1 }),
      one(2, { waiting: 1 }),
      one(3, { delivered: 1 }),
    ];
    await store.count({ ...row, contributions }, shard);
    await expect(store.read(row, shard)).resolves.toEqual({ delivered: 1, failed: 2, exhausted: 1, waiting: 1 });
    await store.count({ ...row, contributions: [one(4, { waiting: -1 })] }, shard);
    await expect(store.read(row, shard)).resolves.toEqual({ delivered: 1, failed: 2, exhausted: 1, waiting: 0 });
  });

  test('a batch that comes twice counts once', async () => {
    await store.count(batch(1, 3), shard);
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted-before');
    await expect(delivered()).resolves.toBe(3);
  });

  test('a batch whose first half was counted counts its second half', async () => {
    await store.count(batch(1, 3), shard);
    await expect(store.count(batch(1, 6), shard)).resolves.toBe('counted');
    await expect(delivered()).resolves.toBe(6);
  });

  test('a half of a batch that was counted as a whole counts nothing', async () => {
    await store.count(batch(1, 6), shard);
    await expect(store.count(batch(1, 3), shard)).resolves.toBe('counted-before');
    await expect(store.count(batch(4, 6), shard)).resolves.toBe('counted-before');
    await expect(delivered()).resolves.toBe(6);
  });

  test('the same batch at the same time counts once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => store.count(batch(1, 3), shard)));
    await expect(delivered()).resolves.toBe(3);
  });

  test('sequence numbers are compared as numbers', async () => {
    await store.count(batch(9, 9), shard);
    await expect(store.count(batch(10, 10), shard)).resolves.toBe('counted');
    await expect(delivered()).resolves.toBe(2);
  });

  test('shards, hours and endpoints do not know of each other', async () => {
    await store.count(batch(5, 5), shard);
    await store.count(batch(1, 1), 'another');
    await store.count({ ...batch(2, 2), hour: '2026-01-01T00' }, shard);
    await store.count({ ...batch(3, 3), endpoint: { ...row.endpoint, endpointId: newId('ep') } }, shard);
    await expect(delivered()).resolves.toBe(1);
    await expect(store.read(row, 'another')).resolves.toMatchObject({ delivered: 1 });
  });
};
