import { codeClassMatches, leavesOut, statusMatches, timeMatches } from './filter.ts';

test.each([
  ['just before', 9, true],
  ['at the bound itself', 10, false],
])('%s the time, an item is before it: %p', (_title, atMs, expected) => {
  expect(timeMatches({ beforeMs: 10 }, atMs)).toBe(expected);
});

test.each([
  ['just after', 11, true],
  ['at the bound itself', 10, false],
])('%s the time, an item is after it: %p', (_title, atMs, expected) => {
  expect(timeMatches({ afterMs: 10 }, atMs)).toBe(expected);
});

test('a status is asked for by its number', () => {
  expect(statusMatches({ status: 2 }, 'fail')).toBe(true);
  expect(statusMatches({ status: 0 }, 'fail')).toBe(false);
  expect(statusMatches({}, 'fail')).toBe(true);
});

test.each([
  [200, 204, true],
  [400, 404, true],
  [500, 404, false],
  [0, 0, true],
  [0, 100, false],
])('class %p with code %p: %p', (statusCodeClass, code, expected) => {
  expect(codeClassMatches({ statusCodeClass }, code)).toBe(expected);
});

test('bounds of time alone leave nothing out of what is read', () => {
  expect(leavesOut({ beforeMs: 1, afterMs: 0 })).toBe(false);
  for (const filter of [{ eventTypes: ['a'] }, { channel: 'a' }, { tag: 'a' }]) expect(leavesOut(filter)).toBe(true);
  expect(leavesOut({ status: 0 })).toBe(true);
  expect(leavesOut({ statusCodeClass: 0 })).toBe(true);
});
