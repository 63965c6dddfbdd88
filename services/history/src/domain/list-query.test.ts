import { firstIdAt } from '@fanfare/core/ids';
import { type ListQuery, listQuery, pageQuery, withContent } from './list-query.ts';

const read = (query: string): ListQuery => {
  const parsed = listQuery(query, 'msg');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
};
const placesOf = (query: string): string[] => {
  const parsed = listQuery(query, 'msg');
  if (parsed.ok || parsed.error.kind !== 'invalid') return [];
  return parsed.error.problems.map(({ loc }) => loc.join('.'));
};
const NOON = '2026-11-23T12:00:00Z';
const noonMs = Date.parse(NOON);

test('without parameters: fifty, newest first, with content, everything', () => {
  expect(read('')).toEqual({
    start: { limit: 50, backwards: false, newerThan: undefined, olderThan: undefined },
    filter: {
      ...{ eventTypes: undefined, channel: undefined, tag: undefined, status: undefined },
      ...{ statusCodeClass: undefined, beforeMs: undefined, afterMs: undefined },
    },
    withContent: true,
    endpoint: undefined,
  });
});

test.each([
  ['a list in one parameter', 'event_types=a,b'],
  ['repeated parameters', 'event_types=a&event_types=b'],
  ['empty brackets', 'event_types[]=a&event_types[]=b'],
  ['numbered brackets', 'event_types[0]=a&event_types[1]=b'],
  ['brackets that were escaped', 'event_types%5B%5D=a&event_types%5B%5D=b'],
])('event types are read from %s', (_title, query) => {
  expect(read(query).filter.eventTypes).toEqual(['a', 'b']);
});

test('no event type named is no filter', () => {
  expect(read('event_types=').filter.eventTypes).toBeUndefined();
  expect(read('event_types=,').filter.eventTypes).toBeUndefined();
});

test('every filter is read', () => {
  const query = `channel=eu&tag=user%3A7&status=2&status_code_class=500&endpoint_id=mine&with_content=false&before=${NOON}`;
  expect(read(query)).toMatchObject({
    filter: { channel: 'eu', tag: 'user:7', status: 2, statusCodeClass: 500, beforeMs: noonMs },
    withContent: false,
    endpoint: 'mine',
  });
});

test('parameters that nobody knows are ignored', () => {
  expect(read('colour=x&expanded_statuses=true&with_msg=false')).toEqual(read(''));
});

describe('where a walk begins', () => {
  test('an iterator goes on to what is older', () => {
    expect(read('iterator=msg_7&limit=3').start).toMatchObject({ limit: 3, backwards: false, olderThan: 'msg_7' });
  });

  test('an iterator with a minus goes back to what is newer', () => {
    expect(read('iterator=-msg_7').start).toMatchObject({ backwards: true, newerThan: 'msg_7' });
  });

  test('before begins at its time', () => {
    expect(read(`before=${NOON}`).start).toMatchObject({ backwards: false, olderThan: firstIdAt('msg', noonMs + 4) });
  });

  test('after alone begins with what came first after it', () => {
    expect(read(`after=${NOON}`).start).toMatchObject({ backwards: true, newerThan: firstIdAt('msg', noonMs - 4) });
  });

  test('before and after together begin at before, and end at after', () => {
    expect(read(`after=${NOON}&before=2026-11-23T13:00:00Z`).start).toMatchObject({
      backwards: false,
      newerThan: firstIdAt('msg', noonMs - 4),
      olderThan: firstIdAt('msg', noonMs + 3_600_004),
    });
  });

  test('after with an iterator only ends the walk', () => {
    const olderThan = firstIdAt('msg', noonMs + 1000);
    expect(read(`after=${NOON}&iterator=${olderThan}`).start).toMatchObject({ backwards: false, olderThan });
  });

  test('of an iterator and a bound the narrower one counts', () => {
    const [early, late] = [firstIdAt('msg', noonMs - 1000), firstIdAt('msg', noonMs + 1000)];
    expect(read(`before=${NOON}&iterator=${early}`).start.olderThan).toBe(early);
    expect(read(`before=${NOON}&iterator=${late}`).start.olderThan).toBe(firstIdAt('msg', noonMs + 4));
  });

  test.each(['1900-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])('%s is a time like any other', (at) => {
    expect(read(`before=${at}`).filter.beforeMs).toBe(Date.parse(at));
  });
});

test.each(['2026-11-23T12:00:00.123456Z', '2026-11-23T13:00:00%2B01:00', '2026-11-23t12:00:00z'])(
  '%s is a time',
  (at) => {
    expect(Math.floor((read(`before=${at}`).filter.beforeMs ?? 0) / 1000)).toBe(noonMs / 1000);
  },
);

test.each([
  ['status=5', 'query.status'],
  ['status=success', 'query.status'],
  ['status_code_class=404', 'query.status_code_class'],
  ['channel=a%20b', 'query.channel'],
  ['tag=a,b', 'query.tag'],
  [`tag=${'x'.repeat(129)}`, 'query.tag'],
  ['event_types=a,b%23c', 'query.event_types.1'],
  ['before=yesterday', 'query.before'],
  ['before=2026-11-23', 'query.before'],
  ['after=2026-13-45T00:00:00Z', 'query.after'],
  ['with_content=maybe', 'query.with_content'],
  ['limit=251', 'query.limit'],
  ['iterator=a%23b', 'query.iterator'],
])('%s is refused at its parameter', (query, place) => {
  expect(placesOf(query)).toEqual([place]);
});

test('a list without filters takes no bounds of time', () => {
  expect(pageQuery(`before=${NOON}&limit=7&iterator=ep_1`)).toEqual({
    ok: true,
    value: { limit: 7, backwards: false, olderThan: 'ep_1' },
  });
});

test.each([
  ['', true],
  ['with_content=true', true],
  ['with_content=false', false],
])('%p asks for one item with content: %p', (query, expected) => {
  expect(withContent(query)).toBe(expected);
});
