import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { applicationUidKey, versionKey } from '@fanfare/core/keys';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  SIGNING_KEYS_NAME: '/fanfare/test/secret/api-signing-keys',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const table = mockClient(DynamoDBDocumentClient);
const bucket = mockClient(S3Client);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./post-message.ts');

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const body = '{"eventType":"user.created","payload":{"price":1.50,"note":"only-in-the-payload"}}';
const items = new Map<string, Record<string, unknown>>();
const lines = loggedLines();

const keyOf = ({ PK, SK }: Record<string, unknown>): string => `${PK}\n${SK}`;
const put = (item: Record<string, unknown>) => items.set(keyOf(item), item);

beforeEach(() => {
  items.clear();
  table.reset();
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(keyOf(Key)) }));
  table.on(PutCommand).callsFake(({ Item }) => {
    const standing = items.get(keyOf(Item));
    if (standing === undefined) return void put(Item);
    const failed = new ConditionalCheckFailedException({ message: 'stands', $metadata: {} });
    failed.Item = marshall(standing, { removeUndefinedValues: true });
    throw failed;
  });
  put({ ...versionKey({ orgId, appId }), kind: 'application-version', version: 3, uid: 'customer-7' });
  put({ ...applicationUidKey(orgId, 'customer-7'), appId });
});

type Given = {
  readonly app?: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly authorization?: string;
};

const post = async (given: Given = {}) => {
  const { app = appId, headers = {}, ...rest } = given;
  const authorization = given.authorization ?? (await bearer(orgId));
  const answer = await handler(
    apiRequest({
      method: 'POST',
      path: `/api/v1/app/${app}/msg`,
      routeKey: 'POST /api/v1/app/{app_id}/msg',
      pathParameters: { app_id: app },
      headers: { ...(authorization !== '' && { authorization }), ...headers },
      body,
      ...rest,
    }),
  );
  return { ...answer, json: JSON.parse(answer.body) as Record<string, unknown> };
};

const messages = () => [...items.values()].filter(({ kind }) => kind === 'message');

test('a message is accepted with 202 and shown as it will be delivered', async () => {
  const answer = await post();
  expect(answer).toMatchObject({ statusCode: 202, headers: { 'content-type': 'application/json' } });
  expect(answer.json).toEqual({
    id: expect.stringMatching(/^msg_[0-9A-Za-z]{27}$/),
    eventId: null,
    eventType: 'user.created',
    channels: null,
    tags: null,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    payload: { price: 1.5, note: 'only-in-the-payload' },
  });
  expect(answer.body).toContain('"payload":{"price":1.50,"note":"only-in-the-payload"}');
});

test('the message that the caller is told of is the one that stands in the table', async () => {
  const { json } = await post();
  expect(messages()).toEqual([
    expect.objectContaining({ PK: `${orgId}#${appId}#MSGS#00`, SK: json.id, appVersion: 3, eventType: 'user.created' }),
  ]);
});

describe('a payload that is too large for the item', () => {
  const numbers = JSON.stringify({ numbers: Array.from({ length: 5_000 }, (_, n) => Math.imul(n, 0x9e3779b1)) });
  const large = `{"eventType":"user.created","payload":${numbers}}`;
  beforeEach(() => {
    bucket.reset();
    bucket.on(PutObjectCommand).resolves({});
  });

  test('stands as an object, under a key that follows from the message, when the message does', async () => {
    const { statusCode, json } = await post({ body: large });
    expect(statusCode).toBe(202);
    const objects = bucket.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);
    const key = new RegExp(`^\\d{4}-\\d\\d-\\d\\d/${orgId}/${appId}/${json.id}$`);
    expect(objects).toMatchObject([{ Bucket: 'payloads', Key: expect.stringMatching(key) }]);
    const [message] = messages();
    expect(message).not.toHaveProperty('payload');
    expect(message?.payloadObject).toEqual({
      bytes: numbers.length,
      packedBytes: (objects[0]?.Body as Uint8Array | undefined)?.length,
    });
  });

  test('that S3 throttles is not accepted: the invocation fails and no message stands', async () => {
    bucket.on(PutObjectCommand).rejects(Object.assign(new Error('slow down'), { name: 'SlowDown' }));
    await expect(post({ body: large })).rejects.toThrow('slow down');
    expect(messages()).toEqual([]);
  });

  test('is the only kind that S3 is asked for', async () => {
    await post();
    expect(bucket.calls()).toEqual([]);
  });
});

test('a caller that does not want the payload back gets an empty one', async () => {
  expect((await post({ query: 'with_content=false' })).json.payload).toEqual({});
  expect(messages()).toHaveLength(1);
});

test('a body that API Gateway handed over as base64 is the same message', async () => {
  const answer = await post({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true });
  expect(answer.statusCode).toBe(202);
  expect(answer.body).toContain('{"price":1.50');
});

test('an application is named by its id or its uid', async () => {
  expect((await post({ app: 'customer-7' })).statusCode).toBe(202);
  expect(messages()[0]?.PK).toBe(`${orgId}#${appId}#MSGS#00`);
});

test('the same call with the same idempotency key is the same message', async () => {
  const headers = { 'idempotency-key': 'auto_1' };
  const [one, other] = [await post({ headers }), await post({ headers })];
  expect(other.body).toBe(one.body);
  expect(messages()).toHaveLength(1);
});

test.each<[string, Given]>([
  ['another key', { headers: { 'idempotency-key': 'auto_2' } }],
  ['another query', { headers: { 'idempotency-key': 'auto_1' }, query: 'with_content=false' }],
  ['no key', {}],
])('with %s it is another message', async (_title, given) => {
  await post({ headers: { 'idempotency-key': 'auto_1' } });
  expect((await post(given)).statusCode).toBe(202);
  expect(messages()).toHaveLength(2);
});

test('an application named by its uid, then by its id, is still the same call', async () => {
  const headers = { 'idempotency-key': 'auto_1' };
  const [one, other] = [await post({ headers }), await post({ headers, app: 'customer-7' })];
  expect(other.json.id).toBe(one.json.id);
});

test('the key itself is not stored', async () => {
  await post({ headers: { 'idempotency-key': 'secret-of-the-caller' } });
  expect(JSON.stringify([...items])).not.toContain('secret-of-the-caller');
});

describe('is refused', () => {
  const refused = async (given: Given) => {
    const { statusCode, json } = await post(given);
    expect(messages()).toEqual([]);
    return { statusCode, json };
  };

  test.each([
    ['without a token', ''],
    ['with garbage for a token', 'Bearer garbage'],
    ['with a token that another key signed', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmdfMSJ9.x'],
  ])('%s: 401', async (_title, authorization) => {
    await expect(refused({ authorization })).resolves.toEqual({
      statusCode: 401,
      json: { code: 'authentication_failed', detail: expect.any(String) },
    });
  });

  test("with an application's token: 403", async () => {
    await expect(refused({ authorization: await bearer(orgId, appId) })).resolves.toEqual({
      statusCode: 403,
      json: { code: 'insufficient access', detail: expect.any(String) },
    });
  });

  test.each(['app_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ', 'unknown', 'a#b', 'app_x', ''])(
    'for the application %p, which there is not: 404',
    async (app) => {
      await expect(refused({ app })).resolves.toEqual({
        statusCode: 404,
        json: { code: 'not_found', detail: 'There is no such application.' },
      });
    },
  );

  test("for another organisation's application: 404", async () => {
    const authorization = await bearer('org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ');
    await expect(refused({ authorization })).resolves.toMatchObject({ statusCode: 404 });
    await expect(refused({ authorization, app: 'customer-7' })).resolves.toMatchObject({ statusCode: 404 });
  });

  test('with a payload over the limit: 413', async () => {
    const large = JSON.stringify({ eventType: 'a', payload: { a: 'x'.repeat(1024 * 1024) } });
    await expect(refused({ body: large })).resolves.toEqual({
      statusCode: 413,
      json: { code: 'payload_too_large', detail: 'body.payload is larger than 1048576 bytes.' },
    });
  });

  test('with a body that breaks rules: 422 with each at its field', async () => {
    await expect(refused({ body: '{"eventType":"a b","payload":[]}' })).resolves.toEqual({
      statusCode: 422,
      json: {
        detail: [
          { loc: ['body', 'eventType'], msg: expect.any(String), type: 'value_error' },
          { loc: ['body', 'payload'], msg: 'must be a JSON object', type: 'value_error' },
        ],
      },
    });
  });

  test('with a body that is no JSON: 422 at the body', async () => {
    await expect(refused({ body: '{' })).resolves.toMatchObject({
      statusCode: 422,
      json: { detail: [{ loc: ['body'], type: 'value_error.jsondecode' }] },
    });
  });

  test('with a key that was used for another body: 409', async () => {
    const headers = { 'idempotency-key': 'auto_1' };
    await post({ headers });
    const { statusCode, json } = await post({ headers, body: '{"eventType":"a","payload":{}}' });
    expect({ statusCode, json }).toEqual({
      statusCode: 409,
      json: { code: 'conflict', detail: 'This idempotency key was used with another body.' },
    });
    expect(messages()).toHaveLength(1);
  });
});

test('a table that cannot be reached fails the invocation: nobody is told 202', async () => {
  table.on(PutCommand).rejects(new Error('the table cannot be reached'));
  await expect(post()).rejects.toThrow('the table cannot be reached');
});

test('a message with an event id is written together with its owner, in one transaction', async () => {
  table.on(TransactWriteCommand).resolves({});
  expect((await post({ body: '{"eventType":"a","eventId":"order-7","payload":{}}' })).statusCode).toBe(202);
  const [call] = table.commandCalls(TransactWriteCommand);
  expect(call?.args[0].input.TransactItems?.map(({ Put }) => Put?.Item?.kind)).toEqual(['event-id', 'message']);
});

describe('what is written down', () => {
  const accepted = () => lines.find(({ message }) => message === 'message.accepted');

  test('a success is one line, at the level of which a sample is kept', async () => {
    const { json } = await post();
    expect(lines).toHaveLength(1);
    expect(accepted()).toMatchObject({
      ...{ level: 'DEBUG', service: 'ingest', stage: 'test' },
      ...{ org_id: orgId, app_id: appId, msg_id: json.id, event_type: 'user.created' },
    });
  });

  test('a refusal is always logged, with its reason', async () => {
    await post({ body: '{' });
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'INFO', message: 'message.rejected', reason: 'invalid', request_id: 'JKJaXmPLvHcESHA=' },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ MessageRejected: 1 }));
  });

  test('no token, key or payload is logged', async () => {
    const authorization = await bearer(orgId);
    const headers = { 'idempotency-key': 'secret-of-the-caller' };
    await post({ authorization, headers });
    await post({ authorization, headers, body: '{"payload":{"note":"only-in-the-payload"}}' });
    const text = JSON.stringify(lines);
    for (const secret of [authorization.slice(-20), 'secret-of-the-caller', 'only-in-the-payload', TEST_SIGNING_KEY]) {
      expect(text).not.toContain(secret);
    }
  });

  test.each([
    ['a safe id of the caller', 'trace-1', 'trace-1'],
    ['an unsafe id of the caller, replaced by our own', '<script>', 'JKJaXmPLvHcESHA='],
  ])('the message carries %s through all that follows', async (_title, given, carried) => {
    await post({ headers: { 'x-correlation-id': given } });
    expect(messages()[0]?.correlationId).toBe(carried);
  });
});
