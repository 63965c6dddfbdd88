import { storedDueAt } from '@fanfare/core/due-time';
import { dueCursorKey, dueKey, duePartition, dueSortKeyPrefix, type Key } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem } from '@fanfare/events/due-item';
import type { DueStore } from './due-store.contract.ts';
import { entryOf, PAGE_SIZE } from './due-table.ts';

type Stored = Key & Readonly<Record<string, unknown>>;

/** The table's due items in memory. */
export const fakeDueStore = (now: () => number): DueStore & { readonly size: () => number } => {
  const items = new Map<string, Stored>();
  const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
  const cursors = new Map<string, number>();
  return {
    size: () => items.size,
    put: async (item) => void items.set(text(item), structuredClone(item)),
    keepUntilDue: async (item) => {
      const dueAt = storedDueAt(item.dueAt, now());
      const key = dueKey({ dueAt, what: item.what, id: dueId(item) });
      if (items.has(text(key))) return 'already-kept';
      items.set(text(key), structuredClone({ ...key, ...item, dueAt } satisfies Key & DueItem));
      return 'kept';
    },
    readCursor: async (shard) => cursors.get(dueCursorKey(shard).SK),
    advanceCursor: async (shard, bucket) => {
      if (bucket > (cursors.get(shard) ?? -1)) cursors.set(shard, bucket);
    },
    readPage: async (shard, bucket, until, after) => {
      const found = [...items.values()]
        .filter(({ PK, SK }) => PK === duePartition(bucket, shard) && SK < dueSortKeyPrefix(until + 1))
        .filter(({ SK }) => after === undefined || SK > after.SK)
        .sort((a, b) => (a.SK < b.SK ? -1 : 1));
      const page = found.slice(0, PAGE_SIZE);
      const entries = page.map((item) => entryOf(structuredClone(item)));
      const last = page.at(-1);
      return found.length > page.length && last !== undefined
        ? { entries, after: { PK: last.PK, SK: last.SK } }
        : { entries };
    },
    remove: async (keys) => {
      for (const key of keys) items.delete(text(key));
    },
  };
};
