import { applicationPartition } from '@fanfare/core/keys';
import type { ApplicationStore } from './application-table.contract.ts';
import { applicationOf } from './application-table.ts';

/** The table in memory: items of a partition in the order of their sort keys. */
export const fakeApplicationTable = (): ApplicationStore => {
  const items = new Map<string, Readonly<Record<string, unknown>>>();
  return {
    put: async (item) => void items.set(`${item.PK}\n${item.SK}`, structuredClone(item)),
    read: async (ref) => {
      const inPartition = [...items.entries()].filter(([, { PK }]) => PK === applicationPartition(ref));
      return applicationOf(inPartition.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item));
    },
  };
};
