import fc from 'fast-check';
import { retryAfterSeconds } from './retry-after.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['120', 120],
    ['0', 0],
    ['Mon, 23 Nov 2026 10:02:00 GMT', 120],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    [undefined, undefined],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026-11-23', undefined],
    ['99999999999', undefined],
    ['Mon, 99 Nov 2026 10:02:00 GMT', undefined],
  ])('%j asks for %j seconds', (header, expected) => {
    expect(retryAfterSeconds(header, NOW)).toBe(expected);
  });

  test('is a number of seconds that is not negative, or nothing, whatever an endpoint sends', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = retryAfterSeconds(header, NOW);
        return seconds === undefined || (Number.isInteger(seconds) && seconds >= 0);
      }),
    );
  });

  test('as a date says the same as in seconds', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seconds) => {
        const date = new Date(NOW + seconds * 1000).toUTCString();
        expect(retryAfterSeconds(date, NOW)).toBe(seconds);
      }),
    );
  });
});
