import fc from 'fast-check';
import { ANSWER_LIMIT_BYTES } from './answer.ts';
import { type Page, type PageRequest, pageOf, pageRequest } from './page.ts';

type Row = { readonly id: string };

/** A list in its own order, as a table would read it: rows after `from` in the direction of the walk. */
const read = (list: readonly Row[], { limit, from, backwards }: PageRequest): Row[] => {
  const at = from === undefined ? undefined : list.findIndex(({ id }) => id === from);
  if (backwards)
    return list
      .slice(0, at)
      .toReversed()
      .slice(0, limit + 1);
  return list.slice(at === undefined ? 0 : at + 1).slice(0, limit + 1);
};

const ask = (list: readonly Row[], query: Record<string, string>): Page<Row> => {
  const request = pageRequest(query);
  if (!request.ok) throw new Error('refused');
  return pageOf(read(list, request.value), request.value, ({ id }) => id);
};

const listOf = (length: number): Row[] =>
  Array.from({ length }, (_, at) => ({ id: `id_${String(at).padStart(3, '0')}` }));
const someList = fc.nat(60).map(listOf);
const limit = fc.integer({ min: 1, max: 20 });

test('walking forwards visits every row once, in order', () => {
  fc.assert(
    fc.property(someList, limit, (list, size) => {
      const seen: Row[] = [];
      let page = ask(list, { limit: String(size) });
      seen.push(...page.data);
      while (!page.done) {
        page = ask(list, { limit: String(size), iterator: page.iterator ?? '' });
        seen.push(...page.data);
      }
      expect(seen).toEqual(list);
    }),
  );
});

test('walking back from the end visits every row before it once, in order', () => {
  fc.assert(
    fc.property(someList, limit, (list, size) => {
      fc.pre(list.length > 0);
      const seen: Row[] = [list.at(-1) as Row];
      let page = ask(list, { limit: String(size), iterator: `-${seen[0]?.id}` });
      seen.unshift(...page.data);
      while (!page.done) {
        page = ask(list, { limit: String(size), iterator: page.prevIterator ?? '' });
        seen.unshift(...page.data);
      }
      expect(seen).toEqual(list);
    }),
  );
});

test('going back from a page shows the page before it', () => {
  const list = listOf(10);
  const first = ask(list, { limit: '4' });
  const second = ask(list, { limit: '4', iterator: first.iterator ?? '' });
  expect(ask(list, { limit: '4', iterator: second.prevIterator ?? '' }).data).toEqual(first.data);
});

test('an empty page has no way back', () => {
  expect(ask([], {})).toEqual({ data: [], iterator: null, done: true });
});

test('a limit of zero is an empty page that says there is more', () => {
  expect(ask(listOf(3), { limit: '0' })).toEqual({ data: [], iterator: null, done: false });
});

test('rows that are too large for one answer come on more pages, each row once', () => {
  const large = listOf(7).map((row) => ({ ...row, text: '"'.repeat(ANSWER_LIMIT_BYTES / 8) }));
  const first = pageOf(large, { limit: 50, backwards: false }, ({ id }) => id);
  expect(first).toMatchObject({ data: large.slice(0, 1), iterator: 'id_000', done: false });
  const last = pageOf(large.slice(6), { limit: 50, backwards: false }, ({ id }) => id);
  expect(last).toMatchObject({ data: large.slice(6), done: true });
});

test('a page has fifty rows unless another number is asked for', () => {
  expect(ask(listOf(60), {}).data).toHaveLength(50);
});

test.each([
  ['251', 'must not exceed 250'],
  ['ten', 'must be a whole number'],
  ['-1', 'must be a whole number'],
  ['1.5', 'must be a whole number'],
  ['', 'must be a whole number'],
])('a limit of %p is refused', (given, msg) => {
  expect(pageRequest({ limit: given })).toEqual({
    ok: false,
    error: { kind: 'invalid', problems: [{ loc: ['query', 'limit'], msg, type: 'value_error' }] },
  });
});

test.each(['a#b', 'a b', 'a/b', 'ü', 'x'.repeat(300)])('an iterator of %p is refused', (iterator) => {
  expect(pageRequest({ iterator })).toMatchObject({ ok: false, error: { problems: [{ loc: ['query', 'iterator'] }] } });
});

test('an order other than the two is refused', () => {
  expect(pageRequest({ order: 'random' })).toMatchObject({
    ok: false,
    error: { problems: [{ loc: ['query', 'order'] }] },
  });
});

test('the iterator null, which some clients send for the first page, is none', () => {
  expect(pageRequest({ iterator: 'null' })).toEqual({ ok: true, value: { limit: 50, backwards: false } });
});
