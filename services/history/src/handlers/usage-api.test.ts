import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';
import { type Item, newApplication, samplesOf } from '../domain/history-table.samples.ts';

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
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./history-api.ts');
loggedLines();

const mine = newApplication();
const theirs = newApplication();
const hour = new Date(Date.now() - 2 * 60 * 60 * 1000).toISOString().slice(0, 13);
const stretch = { since: `${hour}:00:00Z`, until: new Date().toISOString() };
const items: Item[] = [
  ...samplesOf(mine).applicationItems('customer-7'),
  ...samplesOf(mine).used(hour, { messages: 2, bytes: 30, attempts: 5 }),
  ...samplesOf(theirs).applicationItems('customer-8'),
  ...samplesOf(theirs).used(hour, { messages: 100, bytes: 100, attempts: 100 }),
];
const get = (key: Item) => items.find(({ PK, SK }) => PK === key.PK && SK === key.SK);

beforeEach(() => {
  table.reset();
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: get(Key) }));
  table.on(BatchGetCommand).callsFake(({ RequestItems }) => ({
    Responses: { main: RequestItems.main.Keys.flatMap((key: Item) => get(key) ?? []) },
  }));
  table.on(QueryCommand).callsFake(({ ExpressionAttributeValues: values }) => ({
    Items: items.filter(({ PK, SK }) => PK === values[':pk'] && SK.startsWith(values[':prefix'])),
  }));
});

const ask = async (method: string, path: string, given: { body?: string; query?: string; token?: string } = {}) => {
  const headers = { authorization: given.token ?? (await bearer(mine.orgId)) };
  const { query = '', body = '' } = given;
  const answer = await handler(apiRequest({ method, path, query, body, headers }), {} as Context);
  return { status: answer.statusCode, json: JSON.parse(answer.body) };
};
const ofAll = (body: unknown, token?: string) =>
  ask('POST', '/api/v1/stats/usage/app', { body: JSON.stringify(body), ...(token && { token }) });
const ofOne = (app: string, query = String(new URLSearchParams(stretch)), token?: string) =>
  ask('GET', `/api/v1/stats/usage/app/${app}`, { query, ...(token && { token }) });

test('the usage of applications is answered at once, and of no other organisation', async () => {
  await expect(ofAll(stretch)).resolves.toMatchObject({
    status: 200,
    json: {
      ...{ id: expect.stringMatching(/^qtask_\w{27}$/), status: 'finished', unresolvedAppIds: [] },
      data: {
        appStats: [{ appId: mine.appId, appUid: 'customer-7', messageDestinations: 5, messages: 2, bytes: 30 }],
      },
    },
  });
});

test.each([mine.appId, 'customer-7'])('the hours of an application are shown, by its name %p', async (name) => {
  const { status, json } = await ofOne(name);
  const counted = { hour: `${hour}:00:00.000Z`, messages: 2, bytes: 30, attempts: 5 };
  expect([status, json]).toEqual([200, { data: [counted] }]);
});

test("another organisation's application looks like none", async () => {
  await expect(ofOne(theirs.appId)).resolves.toMatchObject({ status: 404, json: { code: 'not_found' } });
  await expect(ofOne('customer-8')).resolves.toMatchObject({ status: 404 });
  await expect(ofAll({ ...stretch, appIds: [theirs.appId] })).resolves.toMatchObject({
    ...{ status: 422, json: { detail: [{ loc: ['body', 'appIds'] }] } },
  });
});

test("an application's own token is told nothing", async () => {
  const token = await bearer(mine.orgId, mine.appId);
  await expect(ofAll(stretch, token)).resolves.toMatchObject({ status: 403 });
  await expect(ofOne(mine.appId, undefined, token)).resolves.toMatchObject({ status: 403 });
});

test.each([
  ['a field that is missing', { since: stretch.since }, 422],
  ['a range that is none', { since: stretch.until, until: stretch.since }, 400],
  ['a body that is no object', [], 422],
])('is refused in the shape of the API: %s', async (_title, body, status) => {
  const { status: given, json } = await ofAll(body);
  expect(given).toBe(status);
  expect(json).toMatchObject(status === 400 ? { code: 'invalid_range' } : { detail: expect.any(Array) });
});

test('a table that cannot be reached fails the invocation', async () => {
  table.on(QueryCommand).rejects(new Error('the table cannot be reached'));
  await expect(ofAll(stretch)).rejects.toThrow('the table cannot be reached');
});
