import { listAttemptedMessages } from './attempted-messages.ts';
import { historyOf } from './history-of.fake.ts';
import { NOW_MS, newId } from './history-table.samples.ts';
import { listQuery } from './list-query.ts';

const endpointId = newId('ep');
const messageIds = [0, 1, 2, 3].map((at) => newId('msg', NOW_MS + at * 4));
const [recovered = '', retrying = '', exhausted = '', expired = ''] = messageIds;
const attemptAt = (seconds: number) => ({
  id: newId('atmpt', NOW_MS + seconds * 1000),
  attemptedAt: NOW_MS + seconds * 1000,
});
const failed = { succeeded: false, responseStatusCode: 500 };
const newest = { recovered: attemptAt(9), retrying: attemptAt(2), exhausted: attemptAt(3) };

const world = () =>
  historyOf((make) => [
    ...make.endpoint(endpointId, { uid: 'mine' }),
    ...make.message(recovered, { eventId: 'order-7' }),
    ...make.message(retrying, { eventType: 'user.deleted' }),
    ...make.message(exhausted),
    ...make.message(expired, { expiresAt: 1 }),
    ...make.attempt(recovered, endpointId, 1, { ...attemptAt(1), ...failed, nextAttemptAt: NOW_MS + 9000 }),
    ...make.attempt(recovered, endpointId, 2, newest.recovered),
    ...make.attempt(retrying, endpointId, 1, {
      ...newest.retrying,
      ...failed,
      nextAttemptAt: NOW_MS + 60_000,
      eventType: 'user.deleted',
    }),
    ...make.attempt(exhausted, endpointId, 1, { ...newest.exhausted, ...failed }),
    ...make.attempt(expired, endpointId, 1, attemptAt(4)),
    ...make.attempt(recovered, newId('ep'), 1, attemptAt(5)),
  ]);

const listed = async (query = '', name = endpointId, { application, ports } = world()) => {
  const parsed = listQuery(query, 'atmpt');
  if (!parsed.ok) throw new Error('refused');
  const page = await listAttemptedMessages(application, name, parsed.value, ports);
  if (!page.ok) return page.error;
  return { ...page.value, rows: page.value.rows.map(({ json }) => JSON.parse(json)) };
};

test('each message is listed once, by its newest attempt, with how its delivery stands', async () => {
  await expect(listed()).resolves.toMatchObject({
    done: true,
    rows: [
      { id: recovered, eventId: 'order-7', status: 0, statusText: 'success', payload: { price: 1.5 } },
      { id: exhausted, status: 2, statusText: 'fail' },
      { id: retrying, status: 3, statusText: 'sending', nextAttempt: '2026-11-23T12:01:00.000Z' },
    ],
  });
});

test('the next attempt is named only where one follows', async () => {
  const { rows } = (await listed()) as { rows: object[] };
  expect(rows.map((row) => 'nextAttempt' in row)).toEqual([false, false, true]);
});

test.each<[string, string, string[]]>([
  ['those that were delivered', 'status=0', [recovered]],
  ['those that failed for good', 'status=2', [exhausted]],
  ['those that are still being sent', 'status=3', [retrying]],
  ['those of an event type', 'event_types=user.deleted', [retrying]],
])('lists %s', async (_title, query, expected) => {
  await expect(listed(query)).resolves.toMatchObject({ rows: expected.map((id) => ({ id })) });
});

test('the list is walked by the ids of attempts, in both directions', async () => {
  const first = (await listed('limit=1')) as { last: string };
  expect(first).toMatchObject({ rows: [{ id: recovered }], done: false });
  await expect(listed(`limit=2&iterator=${first.last}`)).resolves.toMatchObject({
    rows: [{ id: exhausted }, { id: retrying }],
    done: true,
  });
  await expect(listed(`limit=1&iterator=-${newest.exhausted.id}`)).resolves.toMatchObject({
    rows: [{ id: recovered }],
  });
});

test('a payload that is not wanted is not shown', async () => {
  await expect(listed('with_content=false&limit=1')).resolves.toMatchObject({ rows: [{ payload: {} }] });
});

test('an endpoint is named by its uid too', async () => {
  await expect(listed('limit=1', 'mine')).resolves.toMatchObject({ rows: [{ id: recovered }] });
});

test('an endpoint that there is not is not found', async () => {
  await expect(listed('', 'yours')).resolves.toMatchObject({ kind: 'not-found' });
});
