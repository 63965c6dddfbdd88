import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { applicationKey, applicationUidKey, type Key, versionKey } from '@fanfare/core/keys';
import { formatPublicKey, keyPairOf, SEED_BYTES } from '@fanfare/core/webhooks/key-pair';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  SIGNING_KEYS_NAME: '/fanfare/test/secret/api-signing-keys',
  SECRETS_KEY_ARN: 'arn:aws:kms:us-east-1:123456789012:key/secrets',
  ALLOWED_SUBNETS: 'none',
  HTTPS_ONLY: 'true',
  PARTITION: 'aws',
  ALLOWED_DESTINATIONS: 'none',
  POWERTOOLS_SERVICE_NAME: 'control',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const table = mockClient(DynamoDBDocumentClient);
const ssm = mockClient(SSMClient);
const kms = mockClient(KMSClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./control-api.ts');

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const otherAppId = 'app_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const SECRET = `whsec_${Buffer.from('known-to-the-endpoint-only').toString('base64')}`;
const PAIR = keyPairOf(new Uint8Array(SEED_BYTES).fill(9));
const KEY_PAIR = `whsk_${Buffer.from(PAIR).toString('base64')}`;
/** By its address, so that no test asks a resolver. */
const HOST = '93.184.215.14';
const ENDPOINT = { url: `https://user:password@${HOST}/hook`, uid: 'customer-endpoint', secret: SECRET };
const items = new Map<string, Record<string, unknown>>();
const lines = loggedLines();

type Item = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
const nameOf = ({ PK, SK }: Key | Record<string, unknown>): string => `${PK}\n${SK}`;
const put = (item: Record<string, unknown>) => void items.set(nameOf(item), item);

/** Writes as DynamoDB does, as far as these tests look: conditions always hold. */
const write = ({ Put, Delete, Update }: Item): void => {
  if (Put?.Item !== undefined) put(Put.Item);
  if (Delete?.Key !== undefined) items.delete(nameOf(Delete.Key));
  if (Update?.Key === undefined) return;
  const standing = items.get(nameOf(Update.Key));
  put({ ...standing, ...Update.Key, version: Update.ExpressionAttributeValues?.[':next'] });
};

const written = (): Item[][] =>
  table.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems ?? []);
const kinds = (transaction: Item[] | undefined) =>
  transaction?.map(({ Put, Update, Delete }) => Put?.Item?.kind ?? (Update ? 'update' : Delete && 'delete'));

beforeEach(() => {
  items.clear();
  table.reset();
  kms.reset();
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(nameOf(Key)) }));
  table.on(PutCommand).callsFake(({ Item }) => put(Item));
  table.on(QueryCommand).resolves({ Items: [] });
  table.on(TransactWriteCommand).callsFake(({ TransactItems }) => TransactItems.forEach(write));
  kms.on(GenerateDataKeyCommand).resolves({ CiphertextBlob: new Uint8Array([9]) });
  kms.on(DecryptCommand).resolves({ Plaintext: new Uint8Array(32).fill(7) });
  put({
    ...applicationKey({ orgId, appId }),
    kind: 'application',
    id: appId,
    uid: 'customer-7',
    name: 'Customer of ours',
    metadata: {},
    createdAt: '2026-11-23T12:00:00.000Z',
    updatedAt: '2026-11-23T12:00:00.000Z',
  });
  put({ ...versionKey({ orgId, appId }), kind: 'application-version', version: 3, uid: 'customer-7' });
  put({ ...applicationUidKey(orgId, 'customer-7'), kind: 'application-uid', appId });
});

type Given = {
  readonly body?: object | string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly authorization?: string;
};

const ask = async (method: string, path: string, given: Given = {}) => {
  const authorization = given.authorization ?? (await bearer(orgId));
  const body = typeof given.body === 'object' ? JSON.stringify(given.body) : given.body;
  const answer = await handler(
    apiRequest({
      method,
      path,
      headers: { ...(authorization !== '' && { authorization }), ...given.headers },
      ...(given.query !== undefined && { query: given.query }),
      ...(body !== undefined && { body }),
    }),
    {} as Context,
  );
  return { ...answer, json: JSON.parse(answer.body || 'null') };
};
const createEndpoint = (given: Given = {}) =>
  ask('POST', `/api/v1/app/${appId}/endpoint`, { body: ENDPOINT, ...given });

describe('applications', () => {
  test('one is shown under its id and under its uid', async () => {
    const { statusCode, json } = await ask('GET', `/api/v1/app/${appId}`);
    expect(statusCode).toBe(200);
    expect(json).toMatchObject({ id: appId, uid: 'customer-7', name: 'Customer of ours', throttleRate: null });
    expect((await ask('GET', '/api/v1/app/customer-7')).json).toEqual(json);
  });

  test('one is made together with its version and its uid', async () => {
    const { statusCode, json } = await ask('POST', '/api/v1/app', { body: { name: 'Shop', uid: 'shop-1' } });
    expect(statusCode).toBe(201);
    expect(written().map(kinds)).toEqual([['application', 'application-version', 'application-uid']]);
    expect(items.get(nameOf(versionKey({ orgId, appId: json.id })))).toMatchObject({ version: 1, uid: 'shop-1' });
  });

  test('one that exists is got instead of made when that is asked for', async () => {
    const given = { body: { name: 'Other', uid: 'customer-7' }, query: 'get_if_exists=true' };
    await expect(ask('POST', '/api/v1/app', given)).resolves.toMatchObject({ statusCode: 200, json: { id: appId } });
    expect(written()).toEqual([]);
  });

  test('a switch that is neither true nor false is malformed', async () => {
    const given = { body: { name: 'Other' }, query: 'get_if_exists=maybe' };
    await expect(ask('POST', '/api/v1/app', given)).resolves.toMatchObject({
      statusCode: 400,
      json: { code: 'generic_error' },
    });
  });

  test('a change that keeps the uid is one plain write', async () => {
    const { statusCode } = await ask('PATCH', `/api/v1/app/${appId}`, { body: { name: 'Other' } });
    expect(statusCode).toBe(200);
    expect(table.commandCalls(PutCommand)).toHaveLength(1);
    expect(written()).toEqual([]);
  });

  test('a list asks for no more than it needs, in the order that is asked for', async () => {
    const { json } = await ask('GET', '/api/v1/app', { query: `limit=2&order=descending&iterator=${appId}` });
    expect(json).toEqual({ data: [], iterator: null, done: true });
    expect(table.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      Limit: 3,
      ScanIndexForward: false,
      ConsistentRead: true,
      ExclusiveStartKey: applicationKey({ orgId, appId }),
    });
  });
});

describe('endpoints', () => {
  test('one is made in one transaction with the next version of its application', async () => {
    const { statusCode, json } = await createEndpoint();
    expect(statusCode).toBe(201);
    expect(json).toMatchObject({ id: expect.stringMatching(/^ep_[0-9A-Za-z]{27}$/), uid: 'customer-endpoint' });
    expect(written().map(kinds)).toEqual([['update', 'endpoint', 'endpoint-uid']]);
    expect(items.get(nameOf(versionKey({ orgId, appId })))).toMatchObject({ version: 4 });
  });

  test('its secret stands in the table sealed, and is read back as it was given', async () => {
    const { json } = await createEndpoint();
    const stored = JSON.stringify([...items.values()].map((item) => Object.values(item).map(String)));
    expect(stored).not.toContain('known-to-the-endpoint-only');
    expect(stored).not.toContain(SECRET);
    await expect(ask('GET', `/api/v1/app/${appId}/endpoint/${json.id}/secret`)).resolves.toMatchObject({
      statusCode: 200,
      json: { key: SECRET },
    });
  });

  test('it may have a key pair, of which the private key is never told', async () => {
    const { json } = await createEndpoint({ body: { ...ENDPOINT, secret: KEY_PAIR } });
    const path = `/api/v1/app/${appId}/endpoint/${json.id}/secret`;
    const { json: shown } = await ask('GET', path);
    expect(shown).toEqual({ key: formatPublicKey(PAIR) });
    await expect(ask('POST', `${path}/rotate`, { body: {} })).resolves.toMatchObject({ statusCode: 204 });
    expect((await ask('GET', path)).json.key).toMatch(/^whpk_/);
    expect(JSON.stringify(lines)).not.toContain(KEY_PAIR.slice(10, 40));
  });

  test.each([
    ['a key that is too short', 'whsk_QUFB', /must be 32 bytes/],
    ['a pair that is none', `whsk_${'A'.repeat(86)}==`, /belongs to its seed/],
    ['a public key', `whpk_${'A'.repeat(43)}=`, /must start with "whsec_", or with "whsk_"/],
  ])('a secret that is %s: 422 without repeating it', async (_title, secret, reason) => {
    const { statusCode, body, json } = await createEndpoint({ body: { ...ENDPOINT, secret } });
    expect(statusCode).toBe(422);
    expect(json.detail).toEqual([{ loc: ['body', 'secret'], msg: expect.stringMatching(reason), type: 'value_error' }]);
    expect(body).not.toContain(secret);
  });

  test('its headers are set, changed and read, and stand in the table sealed', async () => {
    const { json } = await createEndpoint({ body: { ...ENDPOINT, headers: { Authorization: 'Bearer hunter2' } } });
    const path = `/api/v1/app/${appId}/endpoint/${json.id}/headers`;
    await expect(ask('PATCH', path, { body: { headers: { 'X-Shop': 'seven' } } })).resolves.toMatchObject({
      statusCode: 204,
      body: '',
    });
    await expect(ask('GET', path)).resolves.toMatchObject({
      statusCode: 200,
      json: { headers: { 'X-Shop': 'seven' }, sensitive: ['Authorization'] },
    });
    const bytes = [...items.values()].map(({ headers }) => Buffer.from((headers as Uint8Array) ?? []).toString());
    expect(`${bytes}${JSON.stringify(lines)}`).not.toMatch(/hunter2|seven/);
    await expect(ask('PUT', path, { body: { headers: { Host: 'x' } } })).resolves.toMatchObject({
      statusCode: 422,
      json: { detail: [{ loc: ['body', 'headers', 'Host'] }] },
    });
    await expect(ask('PUT', path, { body: { headers: {} } })).resolves.toMatchObject({ statusCode: 204 });
    expect((await ask('GET', path)).json).toEqual({ headers: {}, sensitive: [] });
  });

  test("a secret is sealed under its organisation's own data key", async () => {
    const newcomer = 'org_4Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
    put({ ...versionKey({ orgId: newcomer, appId }), kind: 'application-version', version: 1 });
    expect((await createEndpoint({ authorization: await bearer(newcomer) })).statusCode).toBe(201);
    const [made, opened] = [kms.commandCalls(GenerateDataKeyCommand), kms.commandCalls(DecryptCommand)];
    expect([...made, ...opened].map(({ args }) => args[0].input.EncryptionContext)).toEqual([
      { organisation: newcomer },
      { organisation: newcomer },
    ]);
  });

  test('a repeat of the call is answered as the first one was, and its key is stored as a hash only', async () => {
    const headers = { 'idempotency-key': 'auto_key-of-the-caller' };
    const [one, other] = [await createEndpoint({ headers }), await createEndpoint({ headers })];
    expect(other).toEqual(one);
    expect(written().map(kinds)).toEqual([['idempotency', 'update', 'endpoint', 'endpoint-uid']]);
    expect(JSON.stringify([...items])).not.toContain('key-of-the-caller');
  });

  test.each<[string, Given]>([
    ['another query', { query: 'a=b' }],
    ['another key', { headers: { 'idempotency-key': 'auto_2' } }],
  ])('with %s it is another call', async (_title, given) => {
    const headers = { 'idempotency-key': 'auto_1' };
    const one = await createEndpoint({ headers });
    expect((await createEndpoint({ headers, ...given })).json.id).not.toBe(one.json.id);
  });

  test('the same key with another body is a conflict', async () => {
    const headers = { 'idempotency-key': 'auto_1' };
    await createEndpoint({ headers });
    await expect(createEndpoint({ headers, body: { url: `https://${HOST}` } })).resolves.toMatchObject({
      statusCode: 409,
      json: { code: 'conflict' },
    });
  });

  test('a creation that lost its race is decided again on the version that won', async () => {
    const lost = new TransactionCanceledException({
      message: 'cancelled',
      $metadata: {},
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }, { Code: 'None' }],
    });
    table
      .on(TransactWriteCommand)
      .rejectsOnce(lost)
      .callsFake(({ TransactItems }) => TransactItems.forEach(write));
    expect((await createEndpoint()).statusCode).toBe(201);
    expect(written()).toHaveLength(2);
  });

  test('an application token manages the endpoints of its own application only', async () => {
    const authorization = await bearer(orgId, appId);
    expect((await createEndpoint({ authorization })).statusCode).toBe(201);
    const other = await bearer(orgId, otherAppId);
    expect((await createEndpoint({ authorization: other })).statusCode).toBe(404);
  });
});

describe('is refused', () => {
  test.each(['', 'Bearer garbage'])('with the token %j: 401', async (authorization) => {
    await expect(ask('GET', '/api/v1/app', { authorization })).resolves.toMatchObject({
      statusCode: 401,
      json: { code: 'authentication_failed' },
    });
  });

  test.each([
    ['GET', '/api/v1/app'],
    ['POST', '/api/v1/app'],
    ['PUT', `/api/v1/app/${appId}`],
    ['PATCH', `/api/v1/app/${appId}`],
    ['DELETE', `/api/v1/app/${appId}`],
  ])("%s %s with an application's token: 403", async (method, path) => {
    const authorization = await bearer(orgId, appId);
    await expect(ask(method, path, { authorization })).resolves.toMatchObject({
      statusCode: 403,
      json: { code: 'insufficient access' },
    });
  });

  test("another organisation's application: 404", async () => {
    const authorization = await bearer('org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ');
    for (const path of [`/api/v1/app/${appId}`, '/api/v1/app/customer-7', `/api/v1/app/${appId}/endpoint`]) {
      await expect(ask('GET', path, { authorization })).resolves.toMatchObject({ statusCode: 404 });
    }
  });

  test.each([
    ['GET', `/api/v1/app/${appId}/endpoint/ep_x/stats`, 'There is no such path.'],
    ['GET', '/api/v1/event-type', 'There is no such path.'],
    ['POST', `/api/v1/app/${appId}/msg/`, 'There is no such path. Leave out the slash at its end.'],
  ])('%s %s, which is not there yet: 404', async (method, path, detail) => {
    await expect(ask(method, path)).resolves.toMatchObject({ statusCode: 404, json: { code: 'not_found', detail } });
  });

  test('a body that breaks rules: 422 with each at its field', async () => {
    const { statusCode, json } = await createEndpoint({ body: { url: 'ftp://example.com', secret: 'hunter2' } });
    expect(statusCode).toBe(422);
    expect(json.detail.map(({ loc }: { loc: string[] }) => loc)).toEqual([
      ['body', 'url'],
      ['body', 'secret'],
    ]);
  });
});

describe('a URL that requests may not be sent to is refused at its field:', () => {
  const PUBLIC_ONLY = 'must lead to public addresses only';
  test.each([
    ['a private address', 'https://10.0.0.1/', PUBLIC_ONLY],
    ['an address in disguise', 'https://0x7f.1/', PUBLIC_ONLY],
    ['a name of this very machine', 'https://localhost/', PUBLIC_ONLY],
    ['one in the clear', `http://${HOST}/`, 'must start with https://'],
  ])('%s', async (_title, url, msg) => {
    const detail = [{ loc: ['body', 'url'], msg, type: 'value_error' }];
    const refusal = { statusCode: 422, json: { detail } };
    await expect(createEndpoint({ body: { url } })).resolves.toMatchObject(refusal);
    const { json } = await createEndpoint();
    const path = `/api/v1/app/${appId}/endpoint/${json.id}`;
    await expect(ask('PUT', path, { body: { url } })).resolves.toMatchObject(refusal);
    await expect(ask('PATCH', path, { body: { url } })).resolves.toMatchObject(refusal);
    expect(written()).toHaveLength(1);
  });
});

describe('health', () => {
  test('anybody is told that the API answers', async () => {
    const asked = { authorization: '' };
    await expect(ask('GET', '/api/v1/health', asked)).resolves.toMatchObject({
      statusCode: 200,
      json: { status: 'ok' },
    });
    await expect(ask('HEAD', '/api/v1/health/', asked)).resolves.toMatchObject({ statusCode: 200, body: '' });
    await expect(ask('GET', '/api/v1/health/ping', asked)).resolves.toMatchObject({ statusCode: 204, body: '' });
  });
});

test('a table that cannot be reached fails the invocation', async () => {
  table.on(GetCommand).rejects(new Error('the table cannot be reached'));
  await expect(ask('GET', `/api/v1/app/${appId}`)).rejects.toThrow('the table cannot be reached');
});

test('a transaction that was cancelled for another reason than a condition or a conflict fails the invocation', async () => {
  const throttled = new TransactionCanceledException({
    message: 'throttled',
    $metadata: {},
    CancellationReasons: [{ Code: 'ThrottlingError' }],
  });
  table.on(TransactWriteCommand).rejects(throttled);
  await expect(createEndpoint()).rejects.toThrow('throttled');
});

describe('what is written down', () => {
  test('a call writes one line for the log and one of metrics', async () => {
    await ask('GET', '/api/v1/app/customer-7', { headers: { 'x-correlation-id': 'abc-1' } });
    expect(lines).toHaveLength(2);
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'DEBUG', message: 'call.answered', service: 'control', stage: 'test', status: 200 },
        ...{ route: 'GET /api/v1/app/:app_id', org_id: orgId, correlation_id: 'abc-1' },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ CallAnswered: 1, stage: 'test', service: 'control' }));
  });

  test('a refusal is always logged, with its reason', async () => {
    await ask('GET', '/api/v1/app/unknown');
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'INFO', message: 'call.refused', reason: 'not-found', status: 404 }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ CallRefused: 1 }));
  });

  test('no secret, token, URL, name or uid is logged', async () => {
    const authorization = await bearer(orgId);
    const { json } = await createEndpoint({ authorization });
    await ask('GET', `/api/v1/app/customer-7/endpoint/${json.id}/secret`, { authorization });
    await createEndpoint({ authorization, body: { ...ENDPOINT, version: 0 } });
    const logged = JSON.stringify(lines);
    for (const hidden of [authorization.slice(-20), SECRET, 'password', HOST, 'customer-']) {
      expect(logged).not.toContain(hidden);
    }
  });
});
