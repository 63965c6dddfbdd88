import { ANSWER_LIMIT_BYTES } from '@fanfare/core/http/answer';
import type { Chunk, Span } from '@fanfare/core/span';

/** Where a walk begins and which way it goes. */
export type Start = {
  /** How many rows the page may have. */
  readonly limit: number;
  /** Against the list's order, which is newest first. */
  readonly backwards: boolean;
  readonly newerThan?: string | undefined;
  readonly olderThan?: string | undefined;
};

/** One row of a list: its id, and the JSON text that it is shown as. */
export type Row = { readonly id: string; readonly json: string };

/** A page: its rows newest first, and the ids at which a walk goes on in either direction. */
export type RowPage = {
  readonly rows: readonly Row[];
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  /** Nothing follows in the direction of the walk. */
  readonly done: boolean;
};

export type Reading<T> = {
  readonly read: (span: Span) => Promise<Chunk<T>>;
  /** The row's JSON text, or `undefined` when the item does not belong into the list. */
  readonly show: (item: T) => string | undefined;
  /** Whether `show` leaves much out, so that a page takes more items than it has rows. */
  readonly filtered: boolean;
};

/** A filter that matches nothing must end: after this many chunks the page is returned as it is, short. */
export const MAX_CHUNKS = 4;
/** Items of a chunk that is read for the few that a filter leaves. */
export const SCAN_SIZE = 500;

/**
 * Collects one page. It may be short, with `done: false`: because a filter matched little of what was read, or because
 * the answer would become too large. The walk then goes on after the last item that was read, shown or not.
 */
export const walk = async <T extends { readonly id: string }>(
  start: Start,
  { read, show, filtered }: Reading<T>,
): Promise<RowPage> => {
  const rows: Row[] = [];
  let bytes = 0;
  let passed: string | undefined;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const size = filtered || chunks > 0 ? SCAN_SIZE : start.limit + 1;
    const { items, more } = await read(spanAfter(passed, start, size));
    for (const item of items) {
      const json = show(item);
      if (json !== undefined) {
        bytes += Buffer.byteLength(JSON.stringify(json));
        if (rows.length === start.limit || (rows.length > 0 && bytes > ANSWER_LIMIT_BYTES)) {
          return pageOf(rows, start, passed, false);
        }
        rows.push({ id: item.id, json });
      }
      passed = item.id;
    }
    if (!more) return pageOf(rows, start, rows.at(-1)?.id, true);
  }
  return pageOf(rows, start, passed, false);
};

const spanAfter = (passed: string | undefined, start: Start, limit: number): Span => ({
  newerThan: start.backwards ? (passed ?? start.newerThan) : start.newerThan,
  olderThan: start.backwards ? start.olderThan : (passed ?? start.olderThan),
  newestFirst: !start.backwards,
  limit,
});

/** `end` is where the walk stopped, which is the page's last id, or when it went backwards its first. */
const pageOf = (rows: readonly Row[], { backwards }: Start, end: string | undefined, done: boolean): RowPage =>
  backwards
    ? { rows: rows.toReversed(), first: end, last: rows[0]?.id ?? end, done }
    : { rows, first: rows[0]?.id, last: end, done };
