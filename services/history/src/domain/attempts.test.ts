import { findAttempt, listAttemptsOfEndpoint, listAttemptsOfMessage } from './attempts.ts';
import { historyOf } from './history-of.fake.ts';
import { NOW_MS, newId } from './history-table.samples.ts';
import { listQuery } from './list-query.ts';

const [one, other] = [newId('ep', NOW_MS), newId('ep', NOW_MS + 4)];
const [messageId, untried, gone] = [newId('msg'), newId('msg'), newId('msg')];
const attemptIds = [1, 2, 3, 4, 5].map((seconds) => newId('atmpt', NOW_MS + seconds * 1000));
const [first = '', second = '', third = '', manual = '', expired = ''] = attemptIds;
const at = (seconds: number) => ({ attemptedAt: NOW_MS + seconds * 1000 });

/** A message that failed at one endpoint, then succeeded there, and was refused at the other. */
const world = () =>
  historyOf((make) => [
    ...make.endpoint(one, { uid: 'mine' }),
    ...make.endpoint(other),
    ...make.message(messageId, { eventId: 'order-7' }),
    ...make.message(untried, { eventId: 'order-8' }),
    ...make.attempt(messageId, one, 1, {
      id: first,
      ...at(1),
      succeeded: false,
      responseStatusCode: 503,
      nextAttemptAt: 1,
    }),
    ...make.attempt(messageId, other, 1, { id: second, ...at(2), succeeded: false, responseStatusCode: 0 }),
    ...make.attempt(messageId, one, 2, { id: third, ...at(3), channels: ['eu'], tags: ['user_7'] }),
    ...make.attempt(untried, one, 1, { id: manual, ...at(4), trigger: 'manual', eventType: 'user.deleted' }),
    ...make.attempt(gone, one, 1, { id: expired, ...at(5), expiresAt: 1 }),
  ]);

const queryOf = (query: string) => {
  const parsed = listQuery(query, 'atmpt');
  if (!parsed.ok) throw new Error('refused');
  return parsed.value;
};
const idsOf = async (page: ReturnType<typeof listAttemptsOfMessage>) => {
  const listed = await page;
  if (!listed.ok) return listed.error;
  return listed.value.rows.map(({ id }) => id);
};
const ofMessage = (name: string, query = '', { application, ports } = world()) =>
  idsOf(listAttemptsOfMessage(application, name, queryOf(query), ports));
const ofEndpoint = (name: string, query = '', { application, ports } = world()) =>
  idsOf(listAttemptsOfEndpoint(application, name, queryOf(query), ports));
const notFound = (what: string) => ({ kind: 'not-found', detail: `There is no such ${what}.` });

describe('the attempts of a message', () => {
  test.each<[string, string, string[]]>([
    ['all, newest first, over all endpoints', '', [third, second, first]],
    ['those to one endpoint', `endpoint_id=${one}`, [third, first]],
    ['those to an endpoint by its uid', 'endpoint_id=mine', [third, first]],
    ['those that succeeded', 'status=0', [third]],
    ['those that failed', 'status=2', [second, first]],
    ['none that are pending or being sent: an attempt is neither', 'status=3', []],
    ['those without an answer', 'status_code_class=0', [second]],
    ['those answered with a fault of the server', 'status_code_class=500', [first]],
    ['those of a channel', 'channel=eu', [third]],
    ['those of a message with a tag', 'tag=user_7', [third]],
    ['those of an event type', 'event_types=other', []],
    ['those before a time', `before=${new Date(NOW_MS + 2000).toISOString()}`, [first]],
    ['those after a time', `after=${new Date(NOW_MS + 2000).toISOString()}`, [third]],
    ['a page of them', 'limit=2', [third, second]],
    ['the page after', `limit=2&iterator=${second}`, [first]],
    ['the page before', `limit=1&iterator=-${first}`, [second]],
  ])('are %s', async (_title, query, expected) => {
    await expect(ofMessage(messageId, query)).resolves.toEqual(expected);
  });

  test('are found by its event id', async () => {
    await expect(ofMessage('order-7')).resolves.toEqual([third, second, first]);
  });

  test('do not cost the message with its payload, where there are any', async () => {
    const given = world();
    await ofMessage(messageId, '', given);
    expect(given.asked).toEqual(['attemptsOfMessage']);
  });

  test('are none, where there is the message alone', async () => {
    const given = historyOf((make) => make.message(untried));
    await expect(ofMessage(untried, '', given)).resolves.toEqual([]);
  });

  test('are not found, where there is no such message', async () => {
    await expect(ofMessage(newId('msg'))).resolves.toEqual(notFound('message'));
    await expect(ofMessage('order-9')).resolves.toEqual(notFound('message'));
  });

  test('are not found, where there is no such endpoint', async () => {
    await expect(ofMessage(messageId, 'endpoint_id=yours')).resolves.toEqual(notFound('endpoint'));
    await expect(ofMessage(messageId, `endpoint_id=${newId('ep')}`)).resolves.toEqual(notFound('endpoint'));
  });

  test('that have expired are not shown', async () => {
    await expect(ofMessage(gone)).resolves.toEqual([]);
  });
});

describe('the attempts to an endpoint', () => {
  test.each<[string, string, string[]]>([
    ['all that have not expired, newest first', '', [manual, third, first]],
    ['those that failed', 'status=2', [first]],
    ['those of a channel', 'channel=eu', [third]],
    ['those of messages with a tag', 'tag=user_7', [third]],
    ['those of messages with a tag that none has', 'tag=user', []],
    ['those of an event type', 'event_types=user.deleted', [manual]],
    ['those answered with success', 'status_code_class=200', [manual, third]],
    ['a page of them', 'limit=1', [manual]],
    ['the page after, begun with any id', `limit=1&iterator=${second}`, [first]],
  ])('are %s', async (_title, query, expected) => {
    await expect(ofEndpoint(one, query)).resolves.toEqual(expected);
  });

  test('are found by its uid', async () => {
    await expect(ofEndpoint('mine')).resolves.toEqual([manual, third, first]);
  });

  test('are not found, where there is no such endpoint', async () => {
    await expect(ofEndpoint('yours')).resolves.toEqual(notFound('endpoint'));
  });
});

describe('one attempt', () => {
  const find = async (message: string, attempt: string) => {
    const { application, ports } = world();
    return findAttempt(application, message, attempt, ports);
  };

  test.each([messageId, 'order-7'])('is found under its message %p', async (name) => {
    await expect(find(name, second)).resolves.toMatchObject({ ok: true, value: { id: second, endpointId: other } });
  });

  test('is not found under another message', async () => {
    await expect(find(untried, second)).resolves.toEqual({ ok: false, error: notFound('attempt') });
  });

  test('is not found under a message that there is not', async () => {
    await expect(find('order-9', second)).resolves.toEqual({ ok: false, error: notFound('message') });
  });

  test('is not found when it has expired', async () => {
    await expect(find(gone, expired)).resolves.toEqual({ ok: false, error: notFound('attempt') });
  });
});
