import { MAX_HEADERS, MAX_HEADERS_BYTES, readHeaders, readHeadersPatch } from './headers-input.ts';

const put = (headers: unknown) => readHeaders(JSON.stringify({ headers }));
const patch = (body: unknown) => readHeadersPatch(JSON.stringify(body));
const places = (result: ReturnType<typeof put> | ReturnType<typeof patch>) =>
  result.ok || result.error.kind !== 'invalid' ? [] : result.error.problems.map(({ loc }) => loc.join('.'));
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, '']));

test('headers are read in their own spelling', () => {
  expect(put({ 'X-Shop': '7', Authorization: 'Bearer x' })).toEqual({
    ok: true,
    value: { headers: { 'X-Shop': '7', Authorization: 'Bearer x' } },
  });
});

test('as many and as large as may be', () => {
  expect(put(many(MAX_HEADERS)).ok).toBe(true);
  expect(put({ x: 'y'.repeat(MAX_HEADERS_BYTES - 1) }).ok).toBe(true);
});

test.each([
  ['no headers at all', undefined, ['body.headers']],
  ['null', null, ['body.headers']],
  ['a list', [], ['body.headers']],
  ['one header too many', many(MAX_HEADERS + 1), ['body.headers']],
  ['one byte too many', { x: 'y'.repeat(MAX_HEADERS_BYTES) }, ['body.headers']],
  [
    'names that are refused, each of them',
    { host: 'a', 'x-b': 'b', 'webhook-id': 'c' },
    ['body.headers.host', 'body.headers.webhook-id'],
  ],
  ['the same name twice', { 'x-a': '1', 'X-A': '2' }, ['body.headers.X-A']],
  ['null as a value', { 'x-a': null }, ['body.headers.x-a']],
])('%s: refused at its field', (_title, headers, expected) => {
  expect(places(put(headers))).toEqual(expected);
});

test('a name that means something to JavaScript is refused, not left out', () => {
  expect(places(readHeaders('{"headers":{"__proto__":"x"}}'))).toEqual(['body.headers.__proto__']);
  expect(readHeaders('{"headers":{"constructor":"x"}}')).toEqual({
    ok: true,
    value: { headers: { constructor: 'x' } },
  });
});

test('no refusal repeats a value', () => {
  const refused = put({ 'webhook-id': 'hunter2', 'x-a': 'hunter2\n' });
  expect(places(refused)).toHaveLength(2);
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

describe('a patch takes headers away', () => {
  test.each([
    ['as older client libraries say it', { headers: { a: null, b: '1' } }, { a: null, b: '1' }],
    ['as newer ones do', { headers: { b: '1' }, deleteHeaders: ['a'] }, { a: null, b: '1' }],
    ['without putting any', { deleteHeaders: ['a'] }, { a: null }],
  ])('%s', (_title, body, expected) => {
    expect(patch(body)).toEqual({ ok: true, value: expected });
  });

  test('as many as there can be beside as many to put, and no more', () => {
    const names = Object.keys(many(2 * MAX_HEADERS));
    expect(patch({ headers: many(2 * MAX_HEADERS) }).ok).toBe(true);
    expect(places(patch({ headers: many(2 * MAX_HEADERS + 1) }))).toEqual(['body.headers']);
    expect(patch({ deleteHeaders: names }).ok).toBe(true);
    expect(places(patch({ deleteHeaders: Array(200_000).fill(1) }))).toEqual(['body.deleteHeaders']);
  });

  test('and is held to the same rules', () => {
    expect(places(patch({ headers: { host: 'a', 'x-b': 1 } }))).toEqual(['body.headers.host', 'body.headers.x-b']);
  });
});
