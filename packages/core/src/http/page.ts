import * as z from 'zod/mini';
import { err, ok, type Result } from '../result.ts';
import { ANSWER_LIMIT_BYTES, type Refusal } from './answer.ts';
import { checked } from './body.ts';

/** One page of a list, as the API's clients expect it: `prevIterator` is absent when the page is empty. */
export type Page<T> = {
  readonly data: readonly T[];
  readonly iterator: string | null;
  readonly prevIterator?: string;
  readonly done: boolean;
};

/** Which page is asked for. `from` is the id the walk continues after; `backwards` walks against the list's order. */
export type PageRequest = {
  readonly limit: number;
  readonly from?: string;
  readonly backwards: boolean;
  readonly order?: 'ascending' | 'descending';
};

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 250;

const query = z.object({
  limit: z._default(
    z
      .string()
      .check(z.regex(/^\d{1,6}$/, { error: 'must be a whole number', abort: true }))
      .check(z.refine((text) => Number(text) <= MAX_LIMIT, `must not exceed ${MAX_LIMIT}`)),
    String(DEFAULT_LIMIT),
  ),
  iterator: z.optional(z.string().check(z.regex(/^-?[\w.-]{1,256}$/, 'is not an iterator of this list'))),
  order: z.optional(z.enum(['ascending', 'descending'])),
});

/** Reads `limit`, `iterator` and `order` of a query string. A leading `-` of the iterator walks backwards. */
export const pageRequest = (parameters: Record<string, string | undefined>): Result<PageRequest, Refusal> => {
  const parsed = checked(parameters, query, 'query');
  if (!parsed.ok) return err(parsed.error);
  const { limit, iterator, order } = parsed.value;
  const backwards = iterator?.startsWith('-') === true;
  const from = backwards ? iterator?.slice(1) : iterator;
  return ok({
    limit: Number(limit),
    backwards,
    ...(from === undefined || from === '' || from === 'null' ? {} : { from }),
    ...(order === undefined ? {} : { order }),
  });
};

/**
 * A page from up to `limit + 1` rows, as they are shown, that were read in the direction of the walk. Rows of a backward
 * walk come back in the list's own order. `done` says that nothing follows in the direction of the walk; a page whose
 * rows are too large for one answer is short.
 */
export const pageOf = <T>(rows: readonly T[], request: PageRequest, idOf: (row: T) => string): Page<T> => {
  const taken = answerable(rows.slice(0, request.limit));
  const data = request.backwards ? taken.toReversed() : taken;
  const [first, last] = [data[0], data.at(-1)];
  return {
    data,
    iterator: last === undefined ? null : idOf(last),
    ...(first === undefined ? {} : { prevIterator: `-${idOf(first)}` }),
    done: rows.length <= taken.length,
  };
};

/** As many rows as one answer holds, but one at least. */
const answerable = <T>(rows: readonly T[]): readonly T[] => {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(row)));
    return index > 0 && bytes > ANSWER_LIMIT_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, end);
};
