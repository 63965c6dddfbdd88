import { readApplication, readApplicationPatch } from './application-input.ts';

const problems = (read: { ok: boolean; error?: unknown }) =>
  ((read.error ?? {}) as { problems?: { loc: unknown[]; type: string }[] }).problems?.map(({ loc, type }) => [
    loc.join('.'),
    type,
  ]);
const read = (body: object) => readApplication(JSON.stringify(body));
const readPatch = (body: object) => readApplicationPatch(JSON.stringify(body));

test('what is absent or null gets its default', () => {
  const absent = { uid: undefined, throttleRate: undefined, payloadRetentionDays: undefined };
  const defaults = { ok: true, value: { name: 'Shop', ...absent, metadata: {} } };
  expect(read({ name: 'Shop' })).toEqual(defaults);
  expect(read({ name: 'Shop', uid: null, throttleRate: null, rateLimit: null, metadata: null })).toEqual(defaults);
  expect(read({ name: 'Shop', payloadRetentionPeriod: null })).toEqual(defaults);
});

describe('how long payloads are kept', () => {
  const name = 'fanfare.payloadRetentionPeriod';

  test.each<[string, object, object]>([
    ['as a field', { payloadRetentionPeriod: 30 }, {}],
    ['by the metadata, which client libraries pass on', { metadata: { [name]: '30', plan: 'pro' } }, { plan: 'pro' }],
    ['by both', { payloadRetentionPeriod: 30, metadata: { [name]: '30' } }, {}],
  ])('is told %s, and is kept out of the metadata', (_title, given, metadata) => {
    expect(read({ name: 'Shop', ...given })).toMatchObject({ value: { payloadRetentionDays: 30, metadata } });
  });

  test('stays as it is when a patch says nothing of it, also where that changes the metadata', () => {
    expect(readPatch({ metadata: { plan: 'pro' } })).toEqual({ ok: true, value: { metadata: { plan: 'pro' } } });
    expect(readPatch({ payloadRetentionPeriod: null })).toEqual({ ok: true, value: { payloadRetentionDays: null } });
    expect(readPatch({ metadata: { [name]: '7' } })).toEqual({
      ok: true,
      value: { payloadRetentionDays: 7, metadata: {} },
    });
  });

  test.each<[string, object, string]>([
    ['four days', { payloadRetentionPeriod: 4 }, 'body.payloadRetentionPeriod'],
    ['91 days', { payloadRetentionPeriod: 91 }, 'body.payloadRetentionPeriod'],
    ['half a day', { payloadRetentionPeriod: 7.5 }, 'body.payloadRetentionPeriod'],
    ['a text', { payloadRetentionPeriod: '30' }, 'body.payloadRetentionPeriod'],
    ['four days in the metadata', { metadata: { [name]: '4' } }, `body.metadata.${name}`],
    ['another spelling in the metadata', { metadata: { [name]: '3e1' } }, `body.metadata.${name}`],
    ['two that differ', { payloadRetentionPeriod: 30, metadata: { [name]: '31' } }, `body.metadata.${name}`],
    ['none, and one', { payloadRetentionPeriod: null, metadata: { [name]: '30' } }, `body.metadata.${name}`],
  ])('of %s is refused at its field, whole or in a patch', (_title, given, loc) => {
    expect(problems(read({ name: 'Shop', ...given }))).toEqual([[loc, 'value_error']]);
    expect(problems(readPatch(given))).toEqual([[loc, 'value_error']]);
  });
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
