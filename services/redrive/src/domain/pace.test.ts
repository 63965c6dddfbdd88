import * as fc from 'fast-check';
import { afterwards, mostOfStep, secondsUntil } from './pace.ts';

test('a step is as long as four seconds allow, and bounded', () => {
  expect([1, 10, 50, 500].map(mostOfStep)).toEqual([4, 40, 200, 200]);
});

test('a redrive never does more than its rate allows, but for one step and one second ahead', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.nat({ max: 5_000 }), { maxLength: 50 }),
      (rate, takes) => {
        let [now, goesOnAt, done] = [0, 0, 0];
        for (const stepMs of takes) {
          const beganAt = now;
          const count = mostOfStep(rate);
          goesOnAt = afterwards(count, rate, beganAt, goesOnAt);
          now += stepMs;
          done += count;
          expect(done).toBeLessThanOrEqual(rate * (beganAt / 1000 + 1) + mostOfStep(rate) + 1e-6);
          now += 1000 * secondsUntil(goesOnAt, now);
        }
      },
    ),
  );
});
