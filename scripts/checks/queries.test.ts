import { checkQueries } from './queries.ts';

const source = "logger.info('delivery.attempted', { app_id: ref.appId, duration_ms: 3 });";
const reasons = (text: string): string[] =>
  checkQueries([{ file: 'q.txt', text }], { accessLog: ['status'], source }).findings.map(({ reason }) => reason);

test('a query of fields and events that are logged passes', () => {
  expect(
    reasons(`# Comments may hold anything.
filter message = "delivery.attempted" and status >= 500 and level in ["ERROR"]
| fields @timestamp, coalesce(error.name, record.status) as failure
| stats count(*) as times, pct(duration_ms, 95) as p95 by app_id, failure
| sort times desc
| limit 50`),
  ).toEqual([]);
});

test.each([
  ['in a list of fields', 'fields @timestamp, tenant_id', 'asks for tenant_id, a field that no code logs'],
  ['in a function', 'stats pct(took_ms, 95) as p95', 'asks for took_ms, a field that no code logs'],
  ['in a grouping', 'stats count(*) as n by customer', 'asks for customer, a field that no code logs'],
  ['in a condition', 'filter state = "x"', 'asks for state, a field that no code logs'],
  ['as an event', 'filter message = "delivery.tried"', 'asks for delivery.tried, an event that no code logs'],
])('a name that nothing logs is found %s', (_title, text, reason) => {
  expect(reasons(text)).toEqual([reason]);
});
