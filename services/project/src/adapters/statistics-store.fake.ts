import type { Statistics } from '@fanfare/events/statistics-record';
import type { ProjectPorts } from '../domain/project.ts';
import { behind, sumOf, type Tally } from '../domain/tally.ts';

type Row = Statistics & { readonly last: string };
export type StatisticsStore = {
  readonly count: ProjectPorts['count'];
  /** What a row says; `undefined` when there is none. */
  readonly read: (row: Pick<Tally, 'endpoint' | 'hour'>, shard: string) => Promise<Statistics | undefined>;
};

const COUNTS = ['delivered', 'failed', 'exhausted', 'waiting'] as const;

/** Counters in memory that keep the promises of the table's. */
export const fakeStatisticsStore = (): StatisticsStore & { readonly writes: () => number } => {
  const rows = new Map<string, Row>();
  let writes = 0;
  const nameOf = ({ endpoint, hour }: Pick<Tally, 'endpoint' | 'hour'>, shard: string) =>
    [endpoint.orgId, endpoint.appId, endpoint.endpointId, hour, shard].join('#');
  return {
    count: async (tally, shard) => {
      const name = nameOf(tally, shard);
      const row = rows.get(name);
      const left = behind(tally.contributions, row?.last);
      if (left.length === 0) return 'counted-before';
      writes += 1;
      const sum = sumOf(left);
      const added = COUNTS.map((count) => [count, (row?.[count] ?? 0) + sum[count]]);
      rows.set(name, { ...(Object.fromEntries(added) as Statistics), last: sum.last });
      return 'counted';
    },
    read: async (row, shard) => {
      const { last: _, ...found } = rows.get(nameOf(row, shard)) ?? { last: '' };
      return Object.keys(found).length === 0 ? undefined : (found as Statistics);
    },
    writes: () => writes,
  };
};
