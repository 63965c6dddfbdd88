import { listAttemptedEndpoints } from './attempted-endpoints.ts';
import { historyOf } from './history-of.fake.ts';
import { NOW_MS, newId } from './history-table.samples.ts';
import { pageQuery } from './list-query.ts';

const endpointIds = [0, 1, 2, 3].map((at) => newId('ep', NOW_MS + at * 4));
const [recovered = '', retrying = '', deleted = '', forgotten = ''] = endpointIds;
const messageId = newId('msg');
const failed = { succeeded: false, responseStatusCode: 500 };

const { application, ports } = historyOf((make) => [
  ...make.message(messageId),
  ...make.endpoint(recovered, { uid: 'mine', eventTypes: ['user.created'], throttleRate: 5 }),
  ...make.endpoint(retrying, { orderedSince: NOW_MS, orderedVersion: 1 }),
  ...make.endpoint(deleted, { deletedAt: '2026-11-23T00:00:00.000Z' }),
  ...make.attempt(messageId, recovered, 1, { ...failed, nextAttemptAt: NOW_MS }),
  ...make.attempt(messageId, recovered, 2),
  ...make.attempt(messageId, retrying, 1, { ...failed, nextAttemptAt: NOW_MS + 5000 }),
  ...make.attempt(messageId, deleted, 1, failed),
  ...make.attempt(messageId, forgotten, 1, failed),
]);

const listed = async (query = '', name = messageId) => {
  const start = pageQuery(query);
  if (!start.ok) throw new Error('refused');
  const page = await listAttemptedEndpoints(application, name, start.value, ports);
  if (!page.ok) return page.error;
  return { done: page.value.done, rows: page.value.rows.map(({ json }) => JSON.parse(json)) };
};

test('an ordered endpoint is shown as one', async () => {
  await expect(listed()).resolves.toMatchObject({
    rows: [{ ordered: false }, { id: retrying, ordered: true }, { ordered: false }],
  });
});

test('each endpoint is listed once, newest first, with how its newest attempt ended', async () => {
  await expect(listed()).resolves.toMatchObject({
    done: true,
    rows: [
      { id: deleted, status: 2, statusText: 'fail', nextAttempt: null },
      { id: retrying, status: 2, statusText: 'fail', nextAttempt: '2026-11-23T12:00:05.000Z' },
      { id: recovered, status: 0, statusText: 'success', nextAttempt: null },
    ],
  });
});

test('an attempt by hand tells how the endpoint answered last, and leaves the announced attempt as it is', async () => {
  const history = historyOf((make) => [
    ...make.message(messageId),
    ...make.endpoint(retrying),
    ...make.attempt(messageId, retrying, 1, { ...failed, nextAttemptAt: NOW_MS + 5000, attemptedAt: NOW_MS - 2000 }),
    ...make.attempt(messageId, retrying, 1, { trigger: 'manual', attemptedAt: NOW_MS - 1000 }),
  ]);
  const start = pageQuery('');
  if (!start.ok) throw new Error('refused');
  const page = await listAttemptedEndpoints(history.application, messageId, start.value, history.ports);
  const rows = page.ok ? page.value.rows.map(({ json }) => JSON.parse(json) as unknown) : [];
  expect(rows).toMatchObject([{ statusText: 'success', nextAttempt: '2026-11-23T12:00:05.000Z' }]);
});

test('an endpoint has the fields that clients of both generations know', async () => {
  const { rows } = (await listed()) as { rows: object[] };
  expect(rows.at(-1)).toEqual({
    id: recovered,
    uid: 'mine',
    url: 'https://example.com/hook',
    description: '',
    version: 1,
    disabled: false,
    channels: null,
    ordered: false,
    eventTypes: ['user.created'],
    filterTypes: ['user.created'],
    throttleRate: 5,
    rateLimit: 5,
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-02T00:00:00.000Z',
    status: 0,
    statusText: 'success',
    nextAttempt: null,
  });
});

test('the list is paged, and says truly whether it is done', async () => {
  await expect(listed('limit=2')).resolves.toMatchObject({ done: false, rows: [{ id: deleted }, { id: retrying }] });
  await expect(listed(`limit=2&iterator=${retrying}`)).resolves.toMatchObject({
    done: true,
    rows: [{ id: recovered }],
  });
});

test('a message that there is not is not found', async () => {
  await expect(listed('', newId('msg'))).resolves.toMatchObject({ kind: 'not-found' });
});
