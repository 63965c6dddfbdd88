import fc from 'fast-check';
import { fakeCounterStore } from '../adapters/counter-store.fake.ts';
import { STATISTICS } from '../adapters/statistics-counters.ts';
import { endpoint } from './changes.fake.ts';
import { COUNTED_SINGLY_AFTER_MS, countSingly, isCountedSingly } from './counted-singly.ts';
import { sortable } from './sequence.ts';
import type { StatisticsRow, Tally } from './tally.ts';

const SHARD = 'shardId-1';
const ROW: StatisticsRow = { endpoint: endpoint(), hour: '2026-11-25T03' };
const nobodyCounted = async (): Promise<undefined> => undefined;

const one = (number: number): Tally['contributions'][number] => ({ sequence: sortable(String(number)), delivered: 1 });
const of = (...numbers: number[]): Tally => ({ ...ROW, contributions: numbers.map(one) });
const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);

/** Rows of counters, and what they come to for whoever reads an hour. */
const world = () => {
  const store = fakeCounterStore(STATISTICS);
  const old = countSingly(store.count, store.countedUpTo);
  const redriven = countSingly(store.count, nobodyCounted);
  const sum = async (last: number, count: 'delivered' | 'waiting' = 'delivered'): Promise<number> => {
    const shards = [SHARD, ...upTo(last).map((number) => `single-${sortable(String(number))}`)];
    const rows = await Promise.all(shards.map((shard) => store.read(ROW, shard)));
    return rows.reduce((total, row) => total + (row?.[count] ?? 0), 0);
  };
  return { store, old, redriven, sum };
};

describe('records that count by themselves', () => {
  test('count once in any order, in any parts and however often they come', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1 })), async (parts) => {
        const { redriven, sum } = world();
        for (const part of parts) await redriven(of(...part), 'any');
        expect(await sum(20)).toBe(new Set(parts.flat()).size);
      }),
    ));

  test('count what one of them adds to a row twice, both times', async () => {
    const { redriven, sum } = world();
    const twice: Tally = { ...ROW, contributions: [one(1), { sequence: sortable('1'), waiting: -1 }] };
    await redriven(twice, 'any');
    await redriven(twice, 'any');
    expect([await sum(1), await sum(1, 'waiting')]).toEqual([1, -1]);
  });

  test('say whether anything was counted', async () => {
    const { redriven } = world();
    await expect(redriven(of(1, 2), 'any')).resolves.toBe('counted');
    await expect(redriven(of(2, 3), 'any')).resolves.toBe('counted');
    await expect(redriven(of(1, 2, 3), 'any')).resolves.toBe('counted-before');
  });
});

describe('a batch that was tried for so long that its records are old', () => {
  test('counts once, whatever its tries had counted, when the shard has gone on and it is given again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 10 }),
        fc.array(fc.nat({ max: 10 }), { maxLength: 3 }),
        fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 10 })), { maxLength: 3 }),
        async (counted, halves, redrives) => {
          const { store, old, redriven, sum } = world();
          if (counted > 0) await store.count(of(...upTo(counted)), SHARD); // half of it, or all, and then something failed
          for (const half of halves) await old(of(...upTo(half)), SHARD);
          await old(of(...upTo(10)), SHARD);
          await store.count(of(11, 12), SHARD); // it was given up, and the next batch came
          for (const some of redrives) await redriven(of(...some), 'any');
          expect(await sum(12)).toBe(12);
        },
      ),
    ));

  test('and of which nothing was ever counted is counted when it is given again', async () => {
    const { store, redriven, sum } = world();
    await store.count(of(11, 12), SHARD);
    await redriven(of(...upTo(10)), 'any');
    expect(await sum(12)).toBe(12);
  });
});

test('a record is old for good from sixteen hours on', () => {
  expect(isCountedSingly(1000, 1000 + COUNTED_SINGLY_AFTER_MS - 1)).toBe(false);
  expect(isCountedSingly(1000, 1000 + COUNTED_SINGLY_AFTER_MS)).toBe(true);
});
