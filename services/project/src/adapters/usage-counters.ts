import { usageKey } from '@fanfare/core/keys';
import { USAGE_RETENTION_SECONDS, type Usage } from '@fanfare/events/usage-record';
import type { UsageRow } from '../domain/usage-tally.ts';
import type { Counters } from './counter-table.ts';

/** What is counted of applications. It outlives what it counts, and the applications too. */
export const USAGE: Counters<UsageRow, keyof Usage> = {
  kind: 'usage',
  counts: ['messages', 'bytes', 'attempts'],
  keyOf: ({ application, hour }, shard) => usageKey({ ...application, hour, shard }),
  retentionSeconds: USAGE_RETENTION_SECONDS,
};
