import { NOW_MS } from './history-table.samples.ts';
import { usageBody, usageHoursQuery } from './usage-query.ts';

/** 2026-11-23T12:00:00Z */
const asked = (body: object) => {
  const parsed = usageBody(JSON.stringify(body), NOW_MS);
  return parsed.ok ? parsed.value : parsed.error;
};
const stretch = { since: '2026-11-01T00:30:00Z', until: '2026-11-23T11:59:59Z' };
const hours = { from: '2026-11-01T00', to: '2026-11-23T11' };

describe('what is asked of usage', () => {
  test('is the hours of both ends and all between, of all applications', () => {
    expect(asked(stretch)).toEqual({ hours });
    expect(asked({ ...stretch, appIds: null })).toEqual({ hours });
  });

  test('is each application once, by id or uid', () => {
    expect(asked({ ...stretch, appIds: ['customer-7', 'app_1', 'customer-7'] })).toEqual({
      hours,
      applications: ['customer-7', 'app_1'],
    });
  });

  test.each([
    ['without a beginning', { until: stretch.until }, ['body', 'since']],
    ['without an end', { since: stretch.since }, ['body', 'until']],
    ['from a time that is none', { ...stretch, since: 'yesterday' }, ['body', 'since']],
    ['of an application whose name cannot be one', { ...stretch, appIds: ['a', 'b#c'] }, ['body', 'appIds', 1]],
    ['of an application that is no name', { ...stretch, appIds: [7] }, ['body', 'appIds', 0]],
    ['of one application outside of a list', { ...stretch, appIds: 'a' }, ['body', 'appIds']],
    [
      'of more applications than one answer is for',
      { ...stretch, appIds: Array.from({ length: 101 }, (_, n) => `a${n}`) },
      ['body', 'appIds'],
    ],
  ])('is refused with its field: %s', (_title, body, loc) => {
    expect(asked(body)).toMatchObject({ kind: 'invalid', problems: [{ loc }] });
  });

  test('is refused when it is not JSON', () => {
    expect(usageBody('{', NOW_MS)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });

  test.each([
    ['ends in the future', { ...stretch, until: '2026-11-23T12:06:00Z' }],
    ['ends before it begins', { ...stretch, until: '2026-11-01T00:29:59Z' }],
    ['is longer than 31 days', { ...stretch, since: '2026-10-23T11:54:00Z' }],
  ])('is refused as a range that is none when it %s', (_title, body) => {
    expect(asked(body)).toMatchObject({ kind: 'malformed', code: 'invalid_range' });
  });

  test('of one application comes as a query string, by the same rules', () => {
    const query = (text: string) => usageHoursQuery(text, NOW_MS);
    expect(query(`since=${stretch.since}&until=${stretch.until}`)).toEqual({ ok: true, value: hours });
    expect(query(`until=${stretch.until}`)).toMatchObject({ error: { problems: [{ loc: ['query', 'since'] }] } });
    expect(query(`since=2026-10-23T11:54:00Z&until=${stretch.until}`)).toMatchObject({
      ...{ error: { code: 'invalid_range' } },
    });
  });
});
