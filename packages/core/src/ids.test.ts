import fc from 'fast-check';
import { firstIdAt, idTimeMs, isId, mintId, RANDOM_BYTES } from './ids.ts';

const EARLIEST_MS = 1_400_000_000_000;
const LATEST_MS = (1_400_000_000 + 0xff_ff_ff_ff) * 1000;
const time = fc.integer({ min: EARLIEST_MS, max: LATEST_MS });
const random = fc.uint8Array({ minLength: RANDOM_BYTES, maxLength: RANDOM_BYTES });
const zeros = new Uint8Array(RANDOM_BYTES);

test('an id is its prefix and 27 letters and digits', () => {
  fc.assert(
    fc.property(time, random, (atMs, bytes) => {
      expect(mintId('msg', atMs, bytes)).toMatch(/^msg_[0-9A-Za-z]{27}$/);
    }),
  );
});

test('the time inside an id is exact to 4 ms', () => {
  fc.assert(
    fc.property(time, random, (atMs, bytes) => {
      expect(idTimeMs(mintId('atmpt', atMs, bytes))).toBe(atMs - (atMs % 4));
    }),
  );
});

test('ids sort by time, whatever their random part', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 4, max: 10_000 }), random, random, (atMs, laterMs, one, other) => {
      fc.pre(atMs + laterMs <= LATEST_MS);
      expect(mintId('msg', atMs, one) < mintId('msg', atMs + laterMs, other)).toBe(true);
    }),
  );
});

test('ids of one moment sort by their random part, so that two are never equal by accident', () => {
  expect(mintId('msg', EARLIEST_MS, zeros)).not.toBe(mintId('msg', EARLIEST_MS, zeros.with(14, 1)));
});

test('an id takes exactly its random bytes', () => {
  expect(() => mintId('msg', EARLIEST_MS, new Uint8Array(RANDOM_BYTES - 1))).toThrow('15 random bytes, not 14');
});

test.each([
  ['another prefix', 'ep_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ'],
  ['no prefix', '2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ'],
  ['a character too few', 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVE'],
  ['a character too many', 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZZ'],
  ['a separator of keys', 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlV#Z'],
  ['more than twenty bytes', `app_${'z'.repeat(27)}`],
  ['nothing', ''],
])('%s is not the id of an application', (_title, text) => {
  expect(isId('app', text)).toBe(false);
});

test('what was minted is an id of its kind', () => {
  expect(isId('app', 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ')).toBe(true);
});

test('the time of something that is no id is a fault', () => {
  expect(() => idTimeMs('msg_#')).toThrow('not an id');
});

test('the first id of a time is before all others of that time', () => {
  fc.assert(
    fc.property(time, random, (atMs, bytes) => {
      expect(firstIdAt('msg', atMs) <= mintId('msg', atMs, bytes)).toBe(true);
    }),
  );
});

test.each([
  ['before the first', 0, mintId('msg', EARLIEST_MS, zeros)],
  ['after the last', Date.parse('9999-12-31T23:59:59Z'), mintId('msg', LATEST_MS, zeros)],
])('a bound %s time that an id can hold is the nearest one that it can', (_title, atMs, id) => {
  expect(firstIdAt('msg', atMs)).toBe(id);
});
