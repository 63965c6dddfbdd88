import { type ArchivePartition, partitionKey, partitionOf } from '@fanfare/core/archive/archive-names';
import { sortedRows } from '@fanfare/core/archive/merge-rows';
import { concurrently } from '@fanfare/core/concurrently';
import type { ArchiveRow } from '@fanfare/events/archive-row';

/** What this use case needs from the outside. */
export type CompactPorts = {
  /** Keys of what was written since the last time, the oldest first. */
  readonly listRaw: () => AsyncIterable<string>;
  /** `gone`: another run was faster. */
  readonly readRaw: (
    key: string,
  ) => Promise<{ readonly rows: readonly ArchiveRow[]; readonly bytes: number } | 'gone' | 'unreadable'>;
  /**
   * Puts rows, sorted and without repeats, together with what a partition holds. Never loses what another run has put
   * there meanwhile. Answers those of them that are expunged, by themselves or by what the partition holds.
   */
  readonly rewrite: (partition: ArchivePartition, fresh: readonly ArchiveRow[]) => Promise<readonly ArchiveRow[]>;
  /** Removes what objects of their own have of these rows' content. To remove what is gone, or never was, is nothing. */
  readonly removeContent: (rows: readonly ArchiveRow[]) => Promise<void>;
  readonly removeRaw: (keys: readonly string[]) => Promise<void>;
  /** Whether there is time for one more part of the work. */
  readonly mayGoOn: () => boolean;
};

export type Compacted = {
  readonly objects: number;
  readonly rows: number;
  readonly partitions: number;
  /** Objects that were left where they are. */
  readonly unreadable: readonly string[];
  readonly isFinished: boolean;
};

/** Text of rows that are held at a time. In memory it takes some four times as much. */
export const PART_BYTES = 256 * 1024 * 1024;
const MOST_OBJECTS = 1000;
const PARTITIONS_AT_ONCE = 4;

/**
 * Puts what was written since the last time into the partitions of its applications and days, part by part, the oldest
 * first. Rows are put together in a way that does not depend on order or repeats, and an object is removed once all of its rows
 * stand in their partitions: a run that dies, is repeated or runs beside another one changes nothing about the outcome.
 */
export const compact = async (ports: CompactPorts, partBytes = PART_BYTES): Promise<Compacted> => {
  const unreadable = new Set<string>();
  let done = { objects: 0, rows: 0, partitions: 0 };
  while (ports.mayGoOn()) {
    const part = await nextPart(ports, partBytes, unreadable);
    if (part.keys.length === 0) return { ...done, unreadable: [...unreadable], isFinished: true };
    const partitions = byPartition(part.rows);
    const expunged = await concurrently(PARTITIONS_AT_ONCE, partitions, ({ partition, rows }) =>
      ports.rewrite(partition, sortedRows(rows)),
    );
    // Rows do not say any more whether their content was a large one.
    await ports.removeContent(expunged.flat());
    await ports.removeRaw(part.keys);
    done = {
      objects: done.objects + part.keys.length,
      rows: done.rows + part.rows.length,
      partitions: done.partitions + partitions.length,
    };
  }
  return { ...done, unreadable: [...unreadable], isFinished: false };
};

type Part = { readonly keys: readonly string[]; readonly rows: readonly ArchiveRow[] };

const nextPart = async (
  { listRaw, readRaw }: CompactPorts,
  partBytes: number,
  unreadable: Set<string>,
): Promise<Part> => {
  const keys: string[] = [];
  const rows: ArchiveRow[] = [];
  let bytes = 0;
  for await (const key of listRaw()) {
    if (unreadable.has(key)) continue;
    const object = await readRaw(key);
    if (object === 'unreadable') unreadable.add(key);
    if (typeof object === 'string') continue;
    keys.push(key);
    for (const row of object.rows) rows.push(row);
    bytes += object.bytes;
    if (bytes >= partBytes || keys.length >= MOST_OBJECTS) break;
  }
  return { keys, rows };
};

const byPartition = (rows: readonly ArchiveRow[]) => {
  const partitions = new Map<string, { readonly partition: ArchivePartition; readonly rows: ArchiveRow[] }>();
  for (const row of rows) {
    const partition = partitionOf(row);
    const name = partitionKey(partition);
    const found = partitions.get(name);
    if (found === undefined) partitions.set(name, { partition, rows: [row] });
    else found.rows.push(row);
  }
  return [...partitions.values()];
};
