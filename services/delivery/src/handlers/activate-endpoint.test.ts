import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { closeEverything, endpoint as listening, secureEndpoint } from '../adapters/sender-endpoints.fake.ts';
import { endpoint, REF } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  ALLOWED_SUBNETS: '127.0.0.0/8',
  HTTPS_ONLY: 'false',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const table = mockClient(DynamoDBDocumentClient);
const lines = loggedLines();
const { handler } = await import('./activate-endpoint.ts');

const { orgId, appId, endpointId } = REF;
/** As EventBridge hands a domain event over. */
const announced = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'endpoint.created',
  source: 'fanfare',
  account: '123456789012',
  time: '2026-11-30T12:00:20Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    v: 1,
    id: 'evt_1',
    type: 'endpoint.created',
    timestamp: '2026-11-30T12:00:00.000Z',
    orgId,
    data: { appId, appUid: 'shop', endpointId },
  },
};

const at = (url: string): void => {
  table.on(GetCommand).callsFake(({ Key }) => ({
    Item: Key.SK === 'VERSION' ? { kind: 'application-version', version: 1 } : endpoint({ url }),
  }));
  table.on(UpdateCommand).resolves({});
};

beforeEach(() => table.reset());
afterEach(closeEverything);

test('an endpoint that can be reached is counted, and what was found is kept', async () => {
  at(`http://127.0.0.1:${await listening(() => undefined)}/in`);
  await handler(announced);
  const [update] = table.commandCalls(UpdateCommand);
  expect(update?.args[0].input.ExpressionAttributeValues).toMatchObject({ ':found': { outcome: 'reachable' } });
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'INFO',
      message: 'endpoint.activated',
      endpoint_id: endpointId,
      correlation_id: 'evt_1',
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ EndpointExamined: 1 }));
  expect(lines).not.toContainEqual(expect.objectContaining({ EndpointUnreachable: 1 }));
});

test.each([
  ['nobody listens', async () => 'http://127.0.0.1:1/in', 'the connection was refused'],
  ['its address is not allowed', async () => 'http://10.0.0.1/in', 'the address is not allowed'],
  [
    'its certificate is no good',
    async () => `https://127.0.0.1:${await secureEndpoint(() => undefined)}/in`,
    'the certificate is signed by itself',
  ],
])('one that cannot be reached is a warning and counted: %s', async (_title, url, detail) => {
  at(await url());
  await handler(announced);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'WARN', message: 'endpoint.activated', outcome: 'unreachable', detail }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ EndpointUnreachable: 1 }));
});

test('no URL is logged', async () => {
  at('http://user:secret@127.0.0.1:1/token');
  await handler(announced);
  expect(JSON.stringify(lines)).not.toMatch(/127\.0\.0\.1|secret|token/);
});

test('an endpoint that is gone is no fault', async () => {
  table.on(GetCommand).resolves({});
  await expect(handler(announced)).resolves.toBeUndefined();
  expect(lines).toContainEqual(expect.objectContaining({ message: 'endpoint.activation-dropped', reason: 'gone' }));
  expect(table.commandCalls(UpdateCommand)).toHaveLength(0);
});

test('a table that cannot be read or written fails the call, so that it is made again', async () => {
  at('http://127.0.0.1:1/in');
  table.on(UpdateCommand).rejects(new Error('unreachable'));
  await expect(handler(announced)).rejects.toThrow('unreachable');
  table.on(GetCommand).rejects(new Error('unreadable'));
  await expect(handler(announced)).rejects.toThrow('unreadable');
});

test.each([
  ['an event of somebody else', { ...announced, detail: { data: {} } }],
  ['a time that is none', { ...announced, detail: { ...announced.detail, timestamp: 'soon' } }],
  ['ids that are no keys', { ...announced, detail: { ...announced.detail, orgId: 'a#b' } }],
])('%s fails the call', async (_title, event) => {
  at('http://127.0.0.1:1/in');
  await expect(handler(event)).rejects.toThrow();
});
