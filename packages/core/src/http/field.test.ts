import * as z from 'zod/mini';
import { label, metadata, metadataBeside, throttleRate, time, uid } from './field.ts';

const accepts = (schema: z.ZodMiniType, value: unknown): boolean => z.safeParse(schema, value).success;
const long = (length: number) => 'x'.repeat(length);

test.each(['user.created', 'a', 'A-b_c.9', long(256), 'app_1'])('%p can be the name of an event type', (value) => {
  expect(accepts(label, value)).toBe(true);
});

test.each(['', 'a b', 'a#b', 'a/b', 'ü', 'a\n', long(257), 7, null])('%p cannot', (value) => {
  expect(accepts(label, value)).toBe(false);
});

test.each(['customer-7', 'ep_1', long(256)])('%p can be the uid of an application', (value) => {
  expect(accepts(uid('app'), value)).toBe(true);
});

test.each(['', 'app_1', 'a#b', long(257), null])('%p cannot be one', (value) => {
  expect(accepts(uid('app'), value)).toBe(false);
});

test.each([1, 65_535])('a throttle rate may be %p', (value) => {
  expect(accepts(throttleRate, value)).toBe(true);
});

test.each([0, -1, 1.5, 65_536, '10', null])('a throttle rate may not be %p', (value) => {
  expect(accepts(throttleRate, value)).toBe(false);
});

test('metadata is a map from string to string, and null is an empty one', () => {
  expect(z.parse(metadata, { plan: 'gold' })).toEqual({ plan: 'gold' });
  expect(z.parse(metadata, null)).toEqual({});
});

test.each([[{ plan: 7 }], [['gold']], ['gold'], [undefined], [{ '\ud800': 'a' }], [{ a: '\udc00' }]])(
  'metadata may not be %p',
  (value) => {
    expect(accepts(metadata, value)).toBe(false);
  },
);

test('metadata holds 4096 bytes as JSON, and not one more', () => {
  const around = JSON.stringify({ a: '' }).length;
  expect(accepts(metadata, { a: long(4096 - around) })).toBe(true);
  expect(accepts(metadata, { a: long(4097 - around) })).toBe(false);
  expect(accepts(metadata, { a: 'ü'.repeat((4096 - around) / 2 + 1) })).toBe(false);
  for (const name of ['', 'undefined']) expect(accepts(metadata, { [name]: long(4097) })).toBe(false);
});

test('a name of our own in the metadata does not count, and no other one is taken for it', () => {
  const full = { a: long(4096 - JSON.stringify({ a: '' }).length) };
  expect(accepts(metadataBeside('ours'), { ...full, ours: 'true' })).toBe(true);
  expect(accepts(metadataBeside('ours'), { ...full, others: 'true' })).toBe(false);
});

test('metadata with more names than fit is not looked into', () => {
  const wrong = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n]));
  const problems = z.safeParse(z.object({ metadata: metadataBeside('ours') }), { metadata: wrong }).error?.issues;
  expect(problems).toMatchObject([{ path: ['metadata'], message: 'must be at most 4096 bytes as JSON' }]);
});

test('as many names as fit in 4096 bytes are taken', () => {
  const names = Array.from({ length: 511 }, (_, n) => [(n + 36).toString(36), '']);
  expect(accepts(metadata, Object.fromEntries(names))).toBe(true);
  expect(accepts(metadata, Object.fromEntries([...names, ['zz', '']]))).toBe(false);
});

test.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31 12:00:00.25+02:00', '2026-01-31T10:00:00.250Z'],
  ['2026-01-31T12:00-05:30', '2026-01-31T17:30:00.000Z'],
  ['2026-01-31T12:00:00.123456+00:00', '2026-01-31T12:00:00.123Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
])('%s is a time', (text, expected) => {
  expect(new Date(z.parse(time, text)).toISOString()).toBe(expected);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-11-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:00:00',
  '2026-01-31',
  '2026-01-31T12:00 (noon) Z',
  'soon',
  '',
  1,
  null,
])('%p is none', (value) => {
  expect(accepts(time, value)).toBe(false);
});
