import { type ArchiveRow, togetherWith } from '@fanfare/events/archive-row';

/** Rows in the order of their ids, those of the same id put together. */
export const sortedRows = (rows: Iterable<ArchiveRow>): ArchiveRow[] => {
  const byId = new Map<string, ArchiveRow>();
  for (const row of rows) {
    const other = byId.get(row.id);
    byId.set(row.id, other === undefined ? row : togetherWith(other, row));
  }
  return [...byId.values()].sort(byIds);
};

const byIds = (one: ArchiveRow, other: ArchiveRow): number => (one.id < other.id ? -1 : 1);

/**
 * Rows of two sources, each sorted by id and without repeats, as one such source. Holds a page of the first at a time, so it
 * may be as long as it likes.
 */
export async function* mergeRows(
  standing: AsyncIterable<{ readonly rows: readonly ArchiveRow[] }>,
  fresh: readonly ArchiveRow[],
): AsyncGenerator<readonly ArchiveRow[]> {
  let next = 0;
  for await (const { rows } of standing) {
    const merged: ArchiveRow[] = [];
    for (const row of rows) {
      for (let other = fresh[next]; other !== undefined && other.id < row.id; other = fresh[next]) {
        merged.push(other);
        next += 1;
      }
      const same = fresh[next];
      if (same?.id === row.id) next += 1;
      merged.push(same?.id === row.id ? togetherWith(row, same) : row);
    }
    yield merged;
  }
  yield fresh.slice(next);
}
