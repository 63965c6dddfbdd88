import { describe, expect, test } from '@jest/globals';
import { restWatch, type Sight } from './rest.ts';

const DONE: Sight = { arrivals: 10, isTried: true, tasks: 0, parked: 0, looks: 0 };

/** What the last of so many sights says, half a second apart, after the first at `fromMs`. */
const atRest = (sight: Sight, seconds: number): boolean => {
  const watch = restWatch(0);
  let isAtRest = false;
  for (let ms = 0; ms <= seconds * 1_000 && !isAtRest; ms += 500) isAtRest = watch(sight, ms);
  return isAtRest;
};

describe('a run under faults', () => {
  test('is at rest when everything was tried and nothing is left to do, at the third sight', () => {
    expect(atRest(DONE, 0.5)).toBe(false);
    expect(atRest(DONE, 1)).toBe(true);
  });

  test('is at rest while looks are to come that can find nothing', () => {
    expect(atRest({ ...DONE, looks: 3 }, 1)).toBe(true);
  });

  test('is not at rest while a task is in a lane, or parked and looked after', () => {
    expect(atRest({ ...DONE, tasks: 1 }, 230)).toBe(false);
    expect(atRest({ ...DONE, parked: 1, looks: 1 }, 230)).toBe(false);
  });

  test('is at rest with parked tasks whose look is among the dead letters: nobody sends them until it is redriven', () => {
    expect(atRest({ ...DONE, parked: 5 }, 1)).toBe(true);
  });

  test('waits a minute for a delivery that nobody has tried, though nothing is left to do', () => {
    expect(atRest({ ...DONE, isTried: false }, 59)).toBe(false);
    expect(atRest({ ...DONE, isTried: false }, 62)).toBe(true);
  });

  test('begins anew with a task that was between two places', () => {
    const watch = restWatch(0);
    const seen = [DONE, DONE, { ...DONE, parked: 1, looks: 1 }, DONE, DONE, DONE];
    expect(seen.map((sight, index) => watch(sight, index))).toEqual([false, false, false, false, false, true]);
  });

  test('counts its patience from the last request that arrived', () => {
    const watch = restWatch(0);
    const left = { ...DONE, tasks: 1 };
    expect(watch(left, 200_000)).toBe(false);
    expect(watch(left, 430_000)).toBe(false);
    expect(watch({ ...left, arrivals: 11 }, 435_000)).toBe(false);
    expect(watch({ ...left, arrivals: 11 }, 676_000)).toBe(true);
  });
});
