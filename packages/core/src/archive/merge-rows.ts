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
 * Rows of two sources, each sorted by id and without repeats, as one such source. Holds one row of the first at a time, so
 * it may be as long as it likes.
 */
export async function* mergeRows(
  standing: AsyncIterable<ArchiveRow>,
  fresh: readonly ArchiveRow[],
): AsyncGenerator<ArchiveRow> {
  let next = 0;
  for await (const row of standing) {
    for (let other = fresh[next]; other !== undefined && other.id < row.id; other = fresh[next]) {
      yield other;
      next += 1;
    }
    const same = fresh[next];
    if (same?.id === row.id) next += 1;
    yield same?.id === row.id ? togetherWith(row, same) : row;
  }
  yield* fresh.slice(next);
}
