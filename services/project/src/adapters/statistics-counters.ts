import { statisticsKey } from '@fanfare/core/keys';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import type { Statistics } from '@fanfare/events/statistics-record';
import type { StatisticsRow } from '../domain/tally.ts';
import type { Counters } from './counter-table.ts';

/** What is counted of endpoints. It lives as long as the attempts that it counts. */
export const STATISTICS: Counters<StatisticsRow, keyof Statistics> = {
  kind: 'statistics',
  counts: ['delivered', 'failed', 'exhausted', 'waiting'],
  keyOf: ({ endpoint, hour }, shard) => statisticsKey({ ...endpoint, hour, shard }),
  retentionSeconds: RETENTION_SECONDS,
};
