import { isExpired } from './expiry.ts';

const nowMs = 1_800_000_000_500;

test.each([
  ['an item of the second before has expired', { expiresAt: 1_799_999_999 }, true],
  ['an item of this second has not', { expiresAt: 1_800_000_000 }, false],
  ['an item without a time never expires', {}, false],
])('%s', (_title, item, expected) => {
  expect(isExpired(item, nowMs)).toBe(expected);
});
