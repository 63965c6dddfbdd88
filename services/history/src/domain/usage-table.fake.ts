import { parseUsageSortKey, usagePartition, usageShard, versionKey } from '@fanfare/core/keys';
import { usage } from '@fanfare/events/usage-record';
import type { Item } from './history-table.samples.ts';
import type { UsagePorts } from './usage.ts';

export type UsageTable = Pick<UsagePorts, 'usageOfDay' | 'uidsOf'>;

/** The table's items in memory, read as the adapter reads them. */
export const fakeUsageTable = (items: readonly Item[]): UsageTable => ({
  usageOfDay: async ({ orgId, appIds }, day, mostRows) => {
    const rows = items.flatMap((item) => {
      const ref = parseUsageSortKey(item.SK);
      if (ref === undefined || item.PK !== usagePartition(day, usageShard(ref)) || ref.orgId !== orgId) return [];
      return appIds === undefined || appIds.includes(ref.appId) ? [{ ...ref, ...usage.parse(item) }] : [];
    });
    return rows.length > mostRows ? 'too-much' : rows;
  },
  uidsOf: async (applications) =>
    new Map(
      applications.flatMap((ref) => {
        const { PK, SK } = versionKey(ref);
        const version = items.find((item) => item.PK === PK && item.SK === SK);
        return typeof version?.uid === 'string' && version.deletedAt === undefined
          ? [[ref.appId, version.uid] as const]
          : [];
      }),
    ),
});
