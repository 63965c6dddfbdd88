import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';
import { type Item, NOW_MS, newApplication, newId, samplesOf } from '../domain/history-table.samples.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  SIGNING_KEYS_NAME: '/fanfare/test/secret/api-signing-keys',
  POWERTOOLS_SERVICE_NAME: 'history',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const table = mockClient(DynamoDBDocumentClient);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./history-api.ts');
const lines = loggedLines();

let items: Item[] = [];
const get = (key: Item) => items.find(({ PK, SK }) => PK === key.PK && SK === key.SK);

/** As much of DynamoDB's Query as the function uses. */
const query = (input: Record<string, unknown>) => {
  const names = (input.ExpressionAttributeNames ?? {}) as Record<string, string>;
  const values = input.ExpressionAttributeValues as Record<string, string | undefined>;
  const partitionName = names['#partition'] ?? 'PK';
  const sortName = names['#id'] ?? 'SK';
  const inside = items
    .filter((item) => item[partitionName] === (values[':partition'] ?? values[':pk']))
    .filter((item) => {
      const id = String(item[sortName]);
      if (values[':newerThan'] !== undefined) return id >= values[':newerThan'] && id <= String(values[':olderThan']);
      return id.startsWith(values[':endpoint'] ?? '');
    })
    .toSorted((one, other) => (String(one[sortName]) < String(other[sortName]) ? -1 : 1));
  const ordered = input.ScanIndexForward === false ? inside.toReversed() : inside;
  const Items = ordered.slice(0, (input.Limit as number | undefined) ?? ordered.length);
  return { Items, ...(Items.length < ordered.length && { LastEvaluatedKey: Items.at(-1) }) };
};

const mine = newApplication();
const theirs = newApplication();
const ours = { ...mine, appId: newId('app') };
const [endpointId, messageId, attemptId] = [newId('ep'), newId('msg'), newId('atmpt')];

beforeEach(() => {
  table.reset();
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: get(Key) }));
  table.on(QueryCommand).callsFake(query);
  table.on(BatchGetCommand).callsFake(({ RequestItems }) => ({
    Responses: { main: RequestItems.main.Keys.flatMap((key: Item) => get(key) ?? []) },
  }));
  const make = samplesOf(mine);
  items = [
    ...make.applicationItems('customer-7'),
    ...samplesOf(theirs).applicationItems('customer-8'),
    ...samplesOf(ours).applicationItems('customer-9'),
    ...make.endpoint(endpointId, { uid: 'mine' }),
    ...make.message(messageId, { eventId: 'order-7' }),
    ...make.attempt(messageId, endpointId, 1, { id: attemptId }),
  ];
});

type Given = { readonly query?: string; readonly authorization?: string; readonly method?: string };

const ask = async (path: string, given: Given = {}) => {
  const authorization = given.authorization ?? (await bearer(mine.orgId));
  const request = apiRequest({
    method: given.method ?? 'GET',
    path: `/api/v1/app/${path}`,
    query: given.query ?? '',
    headers: authorization === '' ? {} : { authorization },
  });
  const answer = await handler(request, {} as Context);
  return { status: answer.statusCode, json: JSON.parse(answer.body), body: answer.body };
};

/** Every operation, by the names a caller has: ids, or its own. */
const operations = (app: string, message: string, endpoint: string) => [
  `${app}/msg`,
  `${app}/msg/${message}`,
  `${app}/msg/${message}/endpoint`,
  `${app}/msg/${message}/attempt/${attemptId}`,
  `${app}/attempt/msg/${message}`,
  `${app}/attempt/endpoint/${endpoint}`,
  `${app}/endpoint/${endpoint}/msg`,
  `${app}/endpoint/${endpoint}/stats`,
];
const byId = operations(mine.appId, messageId, endpointId);
const named = [
  'the list of messages',
  'a message',
  'its endpoints',
  'an attempt',
  "a message's attempts",
  "an endpoint's attempts",
  "an endpoint's messages",
  "an endpoint's statistics",
].map((what, at) => [what, byId[at] ?? ''] as const);

describe.each([
  ['ids', byId],
  ["the caller's own names", operations('customer-7', 'order-7', 'mine')],
])(
  'by %s',
  (_title, [
    messages = '',
    message = '',
    endpoints = '',
    attempt = '',
    ofMessage = '',
    ofEndpoint = '',
    attempted = '',
    statistics = '',
  ]) => {
    const shownMessage = expect.objectContaining({ id: messageId, eventId: 'order-7', payload: { price: 1.5 } });
    const shownAttempt = expect.objectContaining({ id: attemptId, msgId: messageId, endpointId, status: 0 });

    test('statistics are counted attempts', async () => {
      items.push(...samplesOf(mine).counted(endpointId, '2026-11-23T12', { delivered: 3, failed: 1 }));
      const { status, json } = await ask(statistics, { query: 'until=2026-11-23T12:30:00Z' });
      expect([status, json]).toEqual([200, { success: 3, fail: 1, sending: 0, pending: 0, canceled: 0, exhausted: 0 }]);
    });

    test('the messages of an application are listed', async () => {
      await expect(ask(messages)).resolves.toMatchObject({
        status: 200,
        json: { data: [shownMessage], iterator: messageId, prevIterator: `-${messageId}`, done: true },
      });
    });

    test('a message is shown, its payload as the text it is', async () => {
      const { status, json, body } = await ask(message);
      expect({ status, json }).toEqual({ status: 200, json: shownMessage });
      expect(body).toContain('{"price":1.50}');
    });

    test('the endpoints that a message was attempted at are listed', async () => {
      const row = { id: endpointId, status: 0, statusText: 'success' };
      await expect(ask(endpoints)).resolves.toMatchObject({ status: 200, json: { data: [row], done: true } });
    });

    test('an attempt is shown', async () => {
      await expect(ask(attempt)).resolves.toMatchObject({ status: 200, json: shownAttempt });
    });

    test.each([
      ['of a message', ofMessage],
      ['to an endpoint', ofEndpoint],
    ])('the attempts %s are listed', async (_what, path) => {
      await expect(ask(path)).resolves.toMatchObject({ status: 200, json: { data: [shownAttempt], done: true } });
    });

    test('the messages that were attempted at an endpoint are listed', async () => {
      const row = { id: messageId, status: 0, statusText: 'success', payload: { price: 1.5 } };
      await expect(ask(attempted)).resolves.toMatchObject({ status: 200, json: { data: [row], done: true } });
    });
  },
);

test('content that is not wanted is not shown, on any list or single item', async () => {
  for (const path of byId) {
    const { status, body } = await ask(path, { query: 'with_content=false' });
    expect(status).toBe(200);
    expect(body).not.toMatch(/price|"ok"/);
  }
});

test('a list is walked page by page, as clients do it', async () => {
  const make = samplesOf(mine);
  const ids = Array.from({ length: 7 }, (_, at) => newId('msg', NOW_MS + (at + 1) * 4));
  items.push(...ids.flatMap((id) => make.message(id)));
  const seen: string[] = [];
  for (let query = 'limit=3'; ; ) {
    const { json } = await ask(`${mine.appId}/msg`, { query });
    seen.push(...json.data.map(({ id }: { id: string }) => id));
    if (json.done) break;
    query = `limit=3&iterator=${json.iterator}`;
  }
  expect(seen).toEqual([messageId, ...ids].toReversed());
});

describe('is refused', () => {
  test.each(named)('without a token, %s: 401', async (_what, path) => {
    await expect(ask(path, { authorization: '' })).resolves.toMatchObject({
      status: 401,
      json: { code: 'authentication_failed' },
    });
  });

  test.each(named)("with another organisation's token, %s: 404", async (_what, path) => {
    await expect(ask(path, { authorization: await bearer(theirs.orgId) })).resolves.toMatchObject({
      status: 404,
      json: { code: 'not_found', detail: 'There is no such application.' },
    });
  });

  test.each(named)("with another application's token, %s: 404", async (_what, path) => {
    await expect(ask(path, { authorization: await bearer(mine.orgId, ours.appId) })).resolves.toMatchObject({
      status: 404,
    });
  });

  test("for another application's things, under one's own: 404, or nothing in the list", async () => {
    for (const [caller, app] of [
      [theirs, theirs.appId],
      [ours, ours.appId],
    ] as const) {
      const authorization = await bearer(caller.orgId, app);
      const [messages, ...others] = [...operations(app, messageId, endpointId), ...operations(app, 'order-7', 'mine')];
      await expect(ask(messages ?? '', { authorization })).resolves.toMatchObject({ status: 200, json: { data: [] } });
      for (const path of others.filter((each) => each !== messages)) {
        await expect(ask(path, { authorization })).resolves.toMatchObject({ status: 404 });
      }
    }
  });

  const app = 'customer-7';
  test.each([
    ['unknown/msg', 'application'],
    ['a%23b/msg', 'application'],
    [`${app}/msg/order-8`, 'message'],
    [`${app}/msg/msg_000000000000000000000000000`, 'message'],
    [`${app}/msg/a%23b`, 'message'],
    [`${app}/attempt/msg/a%23b`, 'message'],
    [`${app}/msg/order-7/attempt/atmpt_000000000000000000000000000`, 'attempt'],
    [`${app}/msg/order-7/attempt/a%23b`, 'attempt'],
    [`${app}/attempt/endpoint/a%23b`, 'endpoint'],
    [`${app}/endpoint/yours/msg`, 'endpoint'],
  ])('what there is not: 404 for %s', async (path, what) => {
    await expect(ask(path)).resolves.toMatchObject({
      status: 404,
      json: { code: 'not_found', detail: `There is no such ${what}.` },
    });
  });

  test('a query that breaks rules: 422 at its parameters', async () => {
    const { status, json } = await ask(`${mine.appId}/msg`, { query: 'limit=251&event_types=a' });
    expect({ status, json }).toEqual({
      status: 422,
      json: { detail: [{ loc: ['query', 'limit'], msg: 'must not exceed 250', type: 'value_error' }] },
    });
  });

  test.each([
    ['POST', `${app}/msg/order-7`, 405],
    ['DELETE', `${app}/attempt/msg/order-7`, 405],
    ['GET', `${app}/msg/order-7/nothing`, 404],
    ['GET', `${app}/attempt/nothing`, 404],
  ])('%s %s: %p, with a body that clients can read', async (method, path, status) => {
    await expect(ask(path, { method })).resolves.toMatchObject({ status, json: { code: expect.any(String) } });
  });
});

test("an application's own token reads its own history", async () => {
  const authorization = await bearer(mine.orgId, mine.appId);
  for (const path of byId) await expect(ask(path, { authorization })).resolves.toMatchObject({ status: 200 });
});

test('a table that cannot be reached fails the invocation', async () => {
  table.on(QueryCommand).rejects(new Error('the table cannot be reached'));
  await expect(ask(`${mine.appId}/msg`)).rejects.toThrow('the table cannot be reached');
});

describe('what is written down', () => {
  test('a call writes one line for the log and one of metrics', async () => {
    await ask(`${mine.appId}/msg`);
    expect(lines).toHaveLength(2);
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'DEBUG', message: 'call.answered', route: 'GET /api/v1/app/:app_id/msg', status: 200 },
        ...{ org_id: mine.orgId, request_id: 'JKJaXmPLvHcESHA=' },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ CallAnswered: 1, service: 'history', stage: 'test' }));
  });

  test('a refusal is always logged, with its reason', async () => {
    await ask(`${mine.appId}/msg/order-8`);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'INFO', message: 'call.refused', reason: 'not-found', status: 404 }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ CallRefused: 1 }));
  });

  test('no token, payload, answer or name of the caller is logged', async () => {
    const authorization = await bearer(mine.orgId);
    for (const path of operations('customer-7', 'order-7', 'mine'))
      await ask(path, { authorization, query: 'channel=secret' });
    const text = JSON.stringify(lines);
    for (const secret of [authorization.slice(-20), 'price', 'customer-7', 'order-7', 'channel', TEST_SIGNING_KEY]) {
      expect(text).not.toContain(secret);
    }
  });
});
