import { behind, type CountOnce, reachOf, sumOf } from '../domain/counted-once.ts';
import type { CountedUpTo } from '../domain/counted-singly.ts';
import type { Counters } from './counter-table.ts';

/** Rows of counters, and what they say; `undefined` for a row that is not there. */
export type CounterStore<Row, Count extends string> = {
  readonly count: CountOnce<Row, Count>;
  readonly countedUpTo: CountedUpTo<Row>;
  readonly read: (row: Row, shard: string) => Promise<Record<Count, number> | undefined>;
};

/** Counters in memory that keep the promises of the table's. */
export const fakeCounterStore = <Row, Count extends string>({
  counts,
  keyOf,
}: Counters<Row, Count>): CounterStore<Row, Count> & { readonly writes: () => number } => {
  const rows = new Map<string, { readonly sum: Record<Count, number>; readonly last: string }>();
  let writes = 0;
  const nameOf = (row: Row, shard: string) => Object.values(keyOf(row, shard)).join(' ');
  return {
    count: async (counted, shard) => {
      const name = nameOf(counted, shard);
      const row = rows.get(name);
      const left = behind(counted.contributions, row?.last);
      if (left.length === 0) return 'counted-before';
      writes += 1;
      const added = sumOf(counts, left);
      const sum = Object.fromEntries(counts.map((each) => [each, (row?.sum[each] ?? 0) + added[each]]));
      rows.set(name, { sum: sum as Record<Count, number>, last: reachOf(left).last });
      return 'counted';
    },
    countedUpTo: async (row, shard) => rows.get(nameOf(row, shard))?.last,
    read: async (row, shard) => rows.get(nameOf(row, shard))?.sum,
    writes: () => writes,
  };
};
