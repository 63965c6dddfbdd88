import { NOW } from './replay.samples.ts';
import { readBulkReplay, readRecovery, readReplayOfMissing } from './replay-order.ts';

const DAY_MS = 86_400_000;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const since = iso(NOW - DAY_MS);
const problemsOf = (read: typeof readRecovery, body: object) => {
  const order = read(JSON.stringify(body), NOW);
  if (order.ok || order.error.kind !== 'invalid') throw new Error('it was not refused as invalid');
  return order.error.problems.map(({ loc }) => loc.join('.'));
};

test('a recovery needs no more than a beginning', () => {
  expect(readRecovery(JSON.stringify({ since }), NOW)).toEqual({
    ok: true,
    value: { task: 'endpoint.recover', since: NOW - DAY_MS, dryRun: false },
  });
});

test('a recovery covers fourteen days at most, give or take a clock', () => {
  expect(problemsOf(readRecovery, { since: iso(NOW - 14 * DAY_MS - 6 * 60_000) })).toEqual(['body.since']);
  expect(readRecovery(JSON.stringify({ since: iso(NOW - 14 * DAY_MS) }), NOW)).toMatchObject({ ok: true });
  const longAgo = { since: iso(NOW - 40 * DAY_MS), until: iso(NOW - 30 * DAY_MS) };
  expect(readRecovery(JSON.stringify(longAgo), NOW)).toMatchObject({ ok: true });
  expect(readReplayOfMissing(JSON.stringify({ since: longAgo.since }), NOW)).toMatchObject({ ok: true });
});

test('what is null is absent, as SDKs send it', () => {
  const nothing = { until: null, eventTypes: null, channel: null, tag: null, status: null, statusCodeClass: null };
  expect(readBulkReplay(JSON.stringify({ since, ...nothing }), NOW)).toEqual({
    ok: true,
    value: { task: 'endpoint.bulk-replay', since: NOW - DAY_MS, dryRun: false },
  });
});

test('a bulk replay takes a filter, 0 being a status like the others', () => {
  const filter = { eventTypes: ['a'], channel: 'x', tag: 'user:7', status: 0, statusCodeClass: 0 };
  expect(readBulkReplay(JSON.stringify({ since, until: iso(NOW), dryRun: true, ...filter }), NOW)).toEqual({
    ok: true,
    value: { task: 'endpoint.bulk-replay', since: NOW - DAY_MS, until: NOW, dryRun: true, filter },
  });
});

test.each([
  [readRecovery, {}, 'body.since'],
  [readRecovery, { since: 1 }, 'body.since'],
  [readRecovery, { since, until: 'soon' }, 'body.until'],
  [readReplayOfMissing, { since: iso(NOW + 1) }, 'body.since'],
  [readReplayOfMissing, { since, until: since }, 'body.since'],
  [readReplayOfMissing, { since, dryRun: 'yes' }, 'body.dryRun'],
  [readBulkReplay, { since, tag: 'a b' }, 'body.tag'],
  [readBulkReplay, { since, status: 5 }, 'body.status'],
  [readBulkReplay, { since, statusCodeClass: 404 }, 'body.statusCodeClass'],
  [readBulkReplay, { since, eventTypes: ['a b'] }, 'body.eventTypes.0'],
  [readBulkReplay, { since, channel: '' }, 'body.channel'],
])('%p refuses %j at %s', (read, body, loc) => {
  expect(problemsOf(read, body)).toEqual([loc]);
});

test('a body that is not JSON is told so', () => {
  expect(readRecovery('{', NOW)).toMatchObject({
    ok: false,
    error: { kind: 'invalid', problems: [{ loc: ['body'] }] },
  });
});

test('a bulk replay names 500 event types at most, each of them once, and no list is looked into that is longer', () => {
  const names = Array.from({ length: 500 }, (_, n) => `t${n}`);
  expect(readBulkReplay(JSON.stringify({ since, eventTypes: [...names.slice(1), 't1'] }), NOW)).toMatchObject({
    value: { filter: { eventTypes: names.slice(1) } },
  });
  expect(problemsOf(readBulkReplay, { since, eventTypes: [...names, 'one.more'] })).toEqual(['body.eventTypes']);
  expect(problemsOf(readBulkReplay, { since, eventTypes: Array(200_000).fill(1) })).toEqual(['body.eventTypes']);
});

test('the beginning of 1970 is an end like any other', () => {
  const range = { since: '1960-01-01T00:00:00Z', until: '1970-01-01T00:00:00Z' };
  expect(readBulkReplay(JSON.stringify(range), NOW)).toMatchObject({ value: { until: 0 } });
  expect(problemsOf(readBulkReplay, { since: range.until, until: range.until })).toEqual(['body.since']);
});

test.each([
  [readBulkReplay, { event_types: ['a'] }, ['body.event_types']],
  [readBulkReplay, { eventType: 'a', Channel: 'x' }, ['body.eventType', 'body.Channel']],
  [readRecovery, { eventTypes: ['a'], status: 2 }, ['body.eventTypes', 'body.status']],
  [readReplayOfMissing, { channel: 'x' }, ['body.channel']],
])('%p refuses %j, which it would send all without', (read, filter, locs) => {
  expect(problemsOf(read, { since, ...filter })).toEqual(locs);
});
