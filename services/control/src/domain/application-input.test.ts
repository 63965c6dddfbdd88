import { readApplication, readApplicationPatch } from './application-input.ts';

const problems = (read: { ok: boolean; error?: unknown }) =>
  ((read.error ?? {}) as { problems?: { loc: unknown[]; type: string }[] }).problems?.map(({ loc, type }) => [
    loc.join('.'),
    type,
  ]);
const read = (body: object) => readApplication(JSON.stringify(body));
const readPatch = (body: object) => readApplicationPatch(JSON.stringify(body));

test('what is absent or null gets its default', () => {
  const defaults = { ok: true, value: { name: 'Shop', uid: undefined, throttleRate: undefined, metadata: {} } };
  expect(read({ name: 'Shop' })).toEqual(defaults);
  expect(read({ name: 'Shop', uid: null, throttleRate: null, rateLimit: null, metadata: null })).toEqual(defaults);
});

test('the rate is taken under either name, and unknown fields do not matter', () => {
  expect(read({ name: 'Shop', rateLimit: 5, colour: 'red' })).toMatchObject({ value: { throttleRate: 5 } });
  expect(read({ name: 'Shop', throttleRate: 5 })).toMatchObject({ value: { throttleRate: 5 } });
});

test('what was read can be written back, though it holds both names', () => {
  expect(read({ name: 'Shop', rateLimit: 5, throttleRate: 5 })).toMatchObject({ value: { throttleRate: 5 } });
  expect(problems(read({ name: 'Shop', rateLimit: 5, throttleRate: 6 }))).toEqual([['body.rateLimit', 'value_error']]);
});

test.each([
  ['a missing name', {}, ['body.name']],
  ['an empty name', { name: '' }, ['body.name']],
  ['a name with control characters', { name: 'a\u0000b' }, ['body.name']],
  ['a name with half a character', { name: 'a\ud83d' }, ['body.name']],
  ['a name that does not fit', { name: 'x'.repeat(4097) }, ['body.name']],
  ['a uid that looks like an id', { name: 'a', uid: 'app_1' }, ['body.uid']],
  ['a uid with other characters', { name: 'a', uid: 'a b' }, ['body.uid']],
  ['a rate of zero', { name: 'a', throttleRate: 0 }, ['body.throttleRate']],
  ['metadata that is not text', { name: 'a', metadata: { a: 1 } }, ['body.metadata.a']],
  ['metadata that is too large', { name: 'a', metadata: { a: 'x'.repeat(4096) } }, ['body.metadata']],
  ['several at once', { uid: 'a b', rateLimit: 70_000 }, ['body.name', 'body.uid', 'body.rateLimit']],
])('%s is refused at its field', (_title, body, at) => {
  expect(problems(read(body))).toEqual(at.map((loc) => [loc, 'value_error']));
});

test('a body that is not JSON is one problem at the body', () => {
  expect(problems(readApplication('{'))).toEqual([['body', 'value_error.jsondecode']]);
});

test('a patch holds what it says and nothing else', () => {
  expect(readPatch({})).toEqual({ ok: true, value: {} });
  expect(readPatch({ uid: null, rateLimit: 5 })).toEqual({ ok: true, value: { uid: null, throttleRate: 5 } });
  expect(readPatch({ throttleRate: null, metadata: null })).toEqual({
    ok: true,
    value: { throttleRate: null, metadata: {} },
  });
});

test('a patch cannot clear a name', () => {
  expect(problems(readPatch({ name: null }))).toEqual([['body.name', 'value_error']]);
});
