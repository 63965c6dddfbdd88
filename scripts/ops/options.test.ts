import { parseAppId, parsePast } from './options.ts';

describe('a time on the command line', () => {
  test('is told with its offset, or by how long ago it was', () => {
    expect(parsePast('2026-01-01T10:00:00Z')).toBe(Date.parse('2026-01-01T10:00:00Z'));
    expect(parsePast('2026-01-01T10:00+02:00')).toBe(Date.parse('2026-01-01T08:00:00Z'));
    expect(Date.now() - parsePast('2h')).toBeGreaterThanOrEqual(7_200_000);
    expect(Date.now() - parsePast('90m')).toBeLessThan(5_401_000);
  });

  test.each([
    'yesterday',
    '2026-01-01',
    '2026-01-01T10:00:00',
    '2026-13-01T10:00:00Z',
    '2w',
    '',
    '-1h',
    '2999-01-01T00:00Z',
  ])("'%s' is refused", (text) => {
    expect(() => parsePast(text)).toThrow(/It is a time with its offset|It lies in the future/);
  });
});

test('an application is named by its id alone: a uid may be that of another one tomorrow', () => {
  expect(() => parseAppId('customer-7')).toThrow("It is an application's id");
});
