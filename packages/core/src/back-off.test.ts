import fc from 'fast-check';
import { backOffMs } from './back-off.ts';

const policy = { attempts: 6, baseMs: 50, capMs: 2000 };

test.each([
  ['the first wait is below the base', 1, 50],
  ['each wait may be twice as long as the one before', 2, 100],
  ['and again', 4, 400],
  ['until the cap', 7, 2000],
  ['which no wait exceeds, however often it is repeated', 500, 2000],
])('%s', (_title, repeat, ceilingMs) => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (jitter) => {
      const waitMs = backOffMs(repeat, policy, jitter);
      expect(waitMs).toBe(Math.floor(jitter * ceilingMs));
    }),
  );
});
