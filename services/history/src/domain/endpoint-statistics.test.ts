import { endpointStatistics, statisticsQuery } from './endpoint-statistics.ts';
import { historyOf } from './history-of.fake.ts';
import { NOW_MS, newId } from './history-table.samples.ts';

/** 2026-11-23T12:00:00Z */
const hours = (query: string) => {
  const parsed = statisticsQuery(query, NOW_MS);
  return parsed.ok ? parsed.value : parsed.error;
};

describe('the time of statistics', () => {
  test.each([
    ['is the last 28 days by default', '', { from: '2026-10-26T12', to: '2026-11-23T12' }],
    [
      'reaches to now when it only begins',
      'since=2026-11-23T00:00:00Z',
      { from: '2026-11-23T00', to: '2026-11-23T12' },
    ],
    ['begins 28 days before its end', 'until=2026-11-20T01:00:00Z', { from: '2026-10-23T01', to: '2026-11-20T01' }],
    [
      'takes the hours of both ends as a whole',
      'since=2026-11-22T23:59:59.999Z&until=2026-11-23T01:00:00.001Z',
      { from: '2026-11-22T23', to: '2026-11-23T01' },
    ],
    [
      'may be given for any place on earth',
      'since=2026-11-22T23:30:00%2B05:30&until=2026-11-23T00:00:00Z',
      { from: '2026-11-22T18', to: '2026-11-23T00' },
    ],
    [
      'may end a little ahead of our clock',
      'until=2026-11-23T12:04:00Z',
      { from: '2026-10-26T12', to: '2026-11-23T12' },
    ],
    ['takes an empty parameter as none', 'since=&until=', { from: '2026-10-26T12', to: '2026-11-23T12' }],
  ])('%s', (_title, query, expected) => {
    expect(hours(query)).toEqual(expected);
  });

  test.each([
    ['ends in the future', 'until=2026-11-23T12:06:00Z'],
    ['ends before it begins', 'since=2026-11-23T02:00:00Z&until=2026-11-23T01:00:00Z'],
    ['is longer than 28 days', 'since=2026-10-26T11:54:00Z'],
  ])('is refused as a range that is none when it %s', (_title, query) => {
    expect(hours(query)).toMatchObject({ kind: 'malformed', code: 'invalid_range' });
  });

  test.each(['since=yesterday', 'until=2026-13-01T00:00:00Z', 'since=1700000000'])(
    'is refused with the field when it is no time: %s',
    (query) => {
      expect(hours(query)).toMatchObject({ kind: 'invalid', problems: [{ loc: ['query', query.split('=')[0]] }] });
    },
  );
});

describe('the statistics of an endpoint', () => {
  const endpointId = newId('ep');
  const { application, ports } = historyOf((make) => [
    ...make.endpoint(endpointId, { uid: 'mine' }),
    ...make.counted(endpointId, '2026-11-23T11', { delivered: 8, failed: 3, exhausted: 1, waiting: 2 }),
    ...make.counted(endpointId, '2026-11-23T12', { delivered: 1 }, 'shard-2'),
  ]);
  const range = { from: '2026-11-23T00', to: '2026-11-23T12' };

  test.each([endpointId, 'mine'])('are told in the words of the API, for %p', async (name) => {
    await expect(endpointStatistics(application, name, range, ports)).resolves.toEqual({
      ok: true,
      value: { success: 9, fail: 3, sending: 2, pending: 0, canceled: 0, exhausted: 1 },
    });
  });

  test('that does not exist are not found', async () => {
    const answer = await endpointStatistics(application, newId('ep'), range, ports);
    expect(answer).toMatchObject({ ok: false, error: { kind: 'not-found' } });
  });
});
