import fc from 'fast-check';
import { LONGEST_STEP, paceOf, waitAfter, waitUntil } from './pace.ts';

describe('the pace of a replay', () => {
  test.each([
    ['is its own where nobody set a rate', {}, {}, { perSecond: 50, most: 100 }],
    ['leaves half of an endpoint’s rate to what is accepted now', { throttleRate: 4 }, {}, { perSecond: 2, most: 20 }],
    ['leaves half of an application’s rate', {}, { throttleRate: 10 }, { perSecond: 5, most: 50 }],
    ['is the lowest of them', { throttleRate: 1 }, { throttleRate: 10 }, { perSecond: 0.5, most: 5 }],
    ['is not raised by a high rate', { throttleRate: 60_000 }, {}, { perSecond: 50, most: 100 }],
  ])('%s', (_title, endpoint, application, expected) => {
    expect(paceOf(50, endpoint, application)).toEqual(expected);
  });

  test('never lets more out over steps and waits than the rate, and always something', () => {
    const rate = fc.integer({ min: 1, max: 1_000 });
    const throttle = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    fc.assert(
      fc.property(rate, throttle, throttle, (ratePerSecond, ofEndpoint, ofApplication) => {
        const pace = paceOf(ratePerSecond, { throttleRate: ofEndpoint }, { throttleRate: ofApplication });
        expect(pace.most).toBeGreaterThanOrEqual(1);
        expect(pace.most).toBeLessThanOrEqual(LONGEST_STEP);
        expect(pace.most / waitAfter(pace.most, pace)).toBeLessThanOrEqual(pace.perSecond);
      }),
    );
  });

  test('does not wait after a step that sent nothing', () => {
    expect(waitAfter(0, { perSecond: 1, most: 1 })).toBe(0);
  });

  test('waits for a time between a second and a minute', () => {
    expect([-5_000, 1_500, 3_600_000].map((ms) => waitUntil(ms, 0))).toEqual([1, 2, 60]);
  });
});
