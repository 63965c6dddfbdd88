import { ANSWER_LIMIT_BYTES } from '@fanfare/core/http/answer';
import { type Chunk, type Span, within } from '@fanfare/core/span';
import fc from 'fast-check';
import { MAX_CHUNKS, type RowPage, SCAN_SIZE, walk } from './walk.ts';

type Item = { readonly id: string; readonly shown: boolean };
const idOf = (at: number): string => `msg_${String(at).padStart(5, '0')}`;
const listOf = (shown: readonly boolean[]): Item[] => shown.map((each, at) => ({ id: idOf(at), shown: each }));
const show = ({ id, shown }: Item): string | undefined => (shown ? `{"id":"${id}"}` : undefined);

/** A store whose reads are cut after `most` items, as a table cuts them at 1 MB. */
const storeOf = (items: readonly Item[], most = SCAN_SIZE) => {
  const reads: Span[] = [];
  const read = async (span: Span): Promise<Chunk<Item>> => {
    reads.push(span);
    return within(items, { ...span, limit: Math.min(span.limit, most) });
  };
  return { read, reads };
};

type Query = { readonly limit: number; readonly iterator?: string | undefined };
const pageOf = (
  items: readonly Item[],
  { limit, iterator }: Query,
  most?: number,
  filtered = true,
): Promise<RowPage> => {
  const backwards = iterator?.startsWith('-') === true;
  const from = backwards ? { newerThan: iterator?.slice(1) } : { olderThan: iterator };
  return walk({ limit, backwards, ...from }, { read: storeOf(items, most).read, show, filtered });
};

const shown = fc.array(fc.boolean(), { maxLength: 60 });
const size = fc.integer({ min: 1, max: 10 });
const idsOf = (items: readonly Item[]): string[] => items.filter((item) => item.shown).map(({ id }) => id);

test('walking on visits every row once, newest first, whatever is left out and however reads are cut', async () => {
  await fc.assert(
    fc.asyncProperty(shown, size, size, fc.boolean(), async (flags, limit, most, filtered) => {
      const items = listOf(flags);
      const seen: string[] = [];
      let page = await pageOf(items, { limit }, most, filtered);
      seen.push(...page.rows.map(({ id }) => id));
      while (!page.done) {
        expect(page.last).toBeDefined();
        page = await pageOf(items, { limit, iterator: page.last }, most, filtered);
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        seen.push(...page.rows.map(({ id }) => id));
      }
      expect(seen).toEqual(idsOf(items).toReversed());
    }),
  );
});

test('walking back visits every newer row once, and each page is still newest first', async () => {
  await fc.assert(
    fc.asyncProperty(shown, size, size, async (flags, limit, most) => {
      const items = listOf([true, ...flags]);
      const seen: string[] = [];
      let page = await pageOf(items, { limit, iterator: `-${idOf(0)}` }, most);
      seen.unshift(...page.rows.map(({ id }) => id));
      while (!page.done) {
        expect(page.first).toBeDefined();
        page = await pageOf(items, { limit, iterator: `-${page.first}` }, most);
        seen.unshift(...page.rows.map(({ id }) => id));
      }
      expect(seen).toEqual(idsOf(items).slice(1).toReversed());
    }),
  );
});

test('going back from the second page shows the first', async () => {
  const items = listOf(Array(20).fill(true));
  const first = await pageOf(items, { limit: 5 });
  const second = await pageOf(items, { limit: 5, iterator: first.last });
  await expect(pageOf(items, { limit: 5, iterator: `-${second.first}` })).resolves.toMatchObject({ rows: first.rows });
});

test('a full page says whether a row follows, not whether an item does', async () => {
  await expect(pageOf(listOf([false, false, true, true]), { limit: 2 })).resolves.toMatchObject({ done: true });
  await expect(pageOf(listOf([true, false, true, true]), { limit: 2 })).resolves.toMatchObject({ done: false });
});

test('a filter that matches nothing ends after a few reads, and tells where to go on', async () => {
  const items = listOf(Array(MAX_CHUNKS * SCAN_SIZE + 10).fill(false));
  const { read, reads } = storeOf(items);
  const page = await walk({ limit: 50, backwards: false }, { read, show, filtered: true });
  expect(reads).toHaveLength(MAX_CHUNKS);
  expect(page).toEqual({ rows: [], first: undefined, last: idOf(10), done: false });
});

test('an empty list is done', async () => {
  await expect(pageOf([], { limit: 5 })).resolves.toEqual({ rows: [], first: undefined, last: undefined, done: true });
});

test('a page without filters is one read of one item more than it has rows', async () => {
  const { read, reads } = storeOf(listOf(Array(100).fill(true)));
  await walk({ limit: 10, backwards: false }, { read, show, filtered: false });
  expect(reads).toEqual([{ newestFirst: true, limit: 11, newerThan: undefined, olderThan: undefined }]);
});

test('no rows asked for is no rows, and not the end', async () => {
  await expect(pageOf(listOf([true]), { limit: 0 }, undefined, false)).resolves.toMatchObject({
    rows: [],
    done: false,
  });
});

describe('when rows are large', () => {
  // A quote is two bytes in the answer and four in the text that Lambda makes of it.
  const large = (bytes: number) => `"${'\\"'.repeat(bytes / 4)}"`;
  const walkOver = (json: string, count: number) =>
    walk(
      { limit: 50, backwards: false },
      { read: storeOf(listOf(Array(count).fill(true))).read, show: () => json, filtered: false },
    );

  test('a page ends before the answer grows beyond what Lambda returns', async () => {
    const page = await walkOver(large(ANSWER_LIMIT_BYTES / 4), 20);
    expect(page).toMatchObject({ done: false, last: page.rows.at(-1)?.id });
    expect(page.rows).toHaveLength(3);
  });

  test('one row that is larger is still returned: a walk always gets on', async () => {
    const page = await walkOver(large(ANSWER_LIMIT_BYTES * 2), 2);
    expect(page.rows).toHaveLength(1);
    expect(page.done).toBe(false);
  });
});
