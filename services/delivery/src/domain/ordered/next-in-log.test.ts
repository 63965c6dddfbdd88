import type { LogItem } from '@fanfare/events/ordered-log';
import fc from 'fast-check';
import { ACCEPTED_AT } from '../task.fake.ts';
import { entry, hole } from './log.fake.ts';
import { HOLE_PATIENCE_MS, nextInLog } from './next-in-log.ts';

const NOW = ACCEPTED_AT + 60_000;
const all = () => true;
const none = () => false;
const pageOf = (items: readonly LogItem[], isLast = true) => ({ items, isLast });
const young = (number: number) => entry(number, { acceptedAt: NOW - 1_000 });

describe('what comes next in a log', () => {
  test.each([
    ['is the message at the cursor', 2, 1, pageOf([entry(2), entry(3)]), all, 2, { kind: 'turn', entry: entry(2) }],
    [
      'is not what lies before the cursor',
      3,
      1,
      pageOf([entry(2), entry(3)]),
      all,
      3,
      { kind: 'turn', entry: entry(3) },
    ],
    ['is nothing where all was passed', 2, 1, pageOf([entry(2), hole(3)]), none, 4, { kind: 'end' }],
    ['lies behind the page where it is not the last', 2, 1, pageOf([entry(2)], false), none, 3, { kind: 'read-on' }],
    [
      'is passed over closed numbers',
      2,
      1,
      pageOf([hole(2), hole(3), entry(4)]),
      all,
      4,
      { kind: 'turn', entry: entry(4) },
    ],
    [
      'is an attempt that was promised, wanted or not',
      2,
      2,
      pageOf([entry(2)]),
      none,
      2,
      { kind: 'turn', entry: entry(2) },
    ],
    ['is nothing more in an empty log', 5, 1, pageOf([]), all, 5, { kind: 'end' }],
    [
      'waits for a number that may still be used',
      2,
      1,
      pageOf([young(3)]),
      all,
      2,
      { kind: 'wait', until: NOW - 1_000 + HOLE_PATIENCE_MS },
    ],
    ['is closed where a number was not used in time', 2, 1, pageOf([entry(4)]), all, 2, { kind: 'close', number: 2 }],
    [
      'waits although what lies behind is not wanted',
      2,
      1,
      pageOf([young(3)]),
      none,
      2,
      { kind: 'wait', until: NOW - 1_000 + HOLE_PATIENCE_MS },
    ],
    [
      'is passed where it was deleted long ago',
      2,
      3,
      pageOf([entry(9, { acceptedAt: NOW - 90_000_000 })]),
      none,
      10,
      { kind: 'end' },
    ],
  ] as const)('%s', (_title, next, attempt, page, isWanted, expectedNext, step) => {
    const found = nextInLog({ next, attempt }, page, isWanted, NOW);
    expect(found.step).toEqual(step);
    expect(found.position.next).toBe(expectedNext);
  });

  test('never passes a message that is wanted, and never a number that may still be used', () => {
    const items = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 2 }),
        isHole: fc.boolean(),
        wanted: fc.boolean(),
        ageMs: fc.integer({ min: 0, max: 60_000 }),
      }),
    );
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 4 }), fc.boolean(), (given, start, isLast) => {
        let number = start - 1;
        const page = given.map(({ gap, isHole, ageMs }) => {
          number += 1 + gap;
          return isHole ? hole(number, { closedAt: NOW - ageMs }) : entry(number, { acceptedAt: NOW - ageMs });
        });
        const wanted = new Set(page.filter((_, index) => given[index]?.wanted).map((item) => item.number));
        const { position, step } = nextInLog(
          { next: start, attempt: 1 },
          pageOf(page, isLast),
          (one) => wanted.has(one.number),
          NOW,
        );
        const passed = page.filter((item) => item.number < position.next);
        expect(passed.every((item) => item.kind === 'log-hole' || !wanted.has(item.number))).toBe(true);
        // Every number before the one it stops at was read.
        expect(passed.map((item) => item.number)).toEqual(
          Array.from({ length: position.next - start }, (_, index) => start + index),
        );
        if (step.kind === 'turn') expect(step.entry.number).toBe(position.next);
        if (step.kind === 'wait') expect(step.until).toBeGreaterThan(NOW);
      }),
    );
  });
});
