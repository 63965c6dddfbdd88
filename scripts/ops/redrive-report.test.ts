import { failUnlessRedriven, textOfRun } from './redrive-report.ts';
import type { RedriveRun } from './redrive-runs.ts';

const ended: RedriveRun = {
  ...{ run: 'slow-1', store: 'slow', status: 'ended', startedAt: '2026-11-30T22:43:01.123Z', endReason: 'all-met' },
  ...{ there: 3, done: 3, published: 0, notDeleted: 0, newer: 0, failed: [], alsoFailed: 0 },
};
const staying = Array.from({ length: 100 }, (_, index) => ({ id: `m${index}`, reason: 'odd' }));

test('a run that redrove all that was there is told in a line, and does not fail', () => {
  expect(textOfRun(ended)).toBe('slow-1 (ended): 3 of 3 redriven.');
  expect(() => failUnlessRedriven(ended)).not.toThrow();
});

test('a run that ended because too many stay says so, and fails by what it did not look at', () => {
  const run: RedriveRun = { ...ended, there: 5_000, done: 20, failed: staying, endReason: 'too-many-stay' };
  expect(textOfRun(run)).toContain('4880 were not met: it ended because as many stay');
  expect(textOfRun(run)).not.toContain('took them');
  expect(() => failUnlessRedriven(run)).toThrow('4880 that were there were not met');
});

test('a run that set aside only what came meanwhile fails as well', () => {
  const run: RedriveRun = { ...ended, there: 5_000, done: 0, newer: 100, endReason: 'too-many-stay' };
  expect(() => failUnlessRedriven(run)).toThrow('5000 that were there were not met');
});

test.each([
  ['idle', 'it ended because nothing got done several times in a row'],
  [undefined, 'nobody knows why'],
] as const)('a run that left something (%s) fails and says why', (endReason, reason) => {
  const run: RedriveRun = { ...ended, done: 1, endReason };
  expect(textOfRun(run)).toContain(`2 were not met: ${reason}`);
  expect(() => failUnlessRedriven(run)).toThrow('2 that were there were not met');
});

test('a run that found the store empty before it met as many as were counted does not fail', () => {
  const run: RedriveRun = { ...ended, done: 1, endReason: 'empty' };
  expect(textOfRun(run)).toContain('2 were not met: they are not there any more.');
  expect(() => failUnlessRedriven(run)).not.toThrow();
});

test('what stays beyond the reasons that were kept is counted, and fails', () => {
  const run: RedriveRun = { ...ended, there: 150, done: 20, failed: staying, alsoFailed: 30 };
  expect(textOfRun(run)).toContain('m99 stays: odd\n30 more stay.');
  expect(() => failUnlessRedriven(run)).toThrow('130 could not be redriven and stay where they are.');
});

test.each([
  ['stopped', 'was stopped'],
  ['failed', 'has failed'],
] as const)('a run that was %s fails', (status, sentence) =>
  expect(() => failUnlessRedriven({ ...ended, status })).toThrow(sentence),
);
