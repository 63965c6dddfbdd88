import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { messageKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { newTarget, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { ops, opsJson } from './ops-command.ts';
import { call, newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let target: Target;

beforeEach(async () => {
  tenant = await newTenant();
  target = await newTarget(tenant);
});

type Counts = { readonly messages: number; readonly bytes: number; readonly attempts: number };
type Hour = Counts & { readonly hour: string };

const BODY = '{"eventType":"a","payload":{"price": 1.50}}';
const PAYLOAD_BYTES = Buffer.byteLength('{"price": 1.50}');

/** As it is typed, so that the bytes of the payload are known. */
const send = async ({ appId }: Target): Promise<string> => {
  const { body } = await call('POST', `/api/v1/app/${appId}/msg`, { token: tenant.token, text: BODY });
  return (body as { id: string }).id;
};
const stretch = () => ({ since: new Date(Date.now() - 3_600_000), until: new Date() });
const hoursOf = async (appId: string, token = tenant.token) => {
  const { since, until } = stretch();
  const query = new URLSearchParams({ since: since.toISOString(), until: until.toISOString() });
  return call('GET', `/api/v1/stats/usage/app/${appId}?${query}`, { token });
};
const total = (hours: readonly Counts[]): Counts => ({
  messages: hours.reduce((sum, { messages }) => sum + messages, 0),
  bytes: hours.reduce((sum, { bytes }) => sum + bytes, 0),
  attempts: hours.reduce((sum, { attempts }) => sum + attempts, 0),
});
const untilCounted = ({ appId }: Target, wanted: Counts) =>
  eventually(`usage of ${JSON.stringify(wanted)}`, async () => {
    const { data } = (await hoursOf(appId)).body as { data: Hour[] };
    return JSON.stringify(total(data)) === JSON.stringify(wanted) ? data : undefined;
  });

test('messages, their bytes and attempts of an hour are told by the API and by `ops usage` alike', async () => {
  for (let n = 0; n < 3; n += 1) await send(target);
  await untilReceived(target, 3);
  const counted = { messages: 3, bytes: 3 * PAYLOAD_BYTES, attempts: 3 };
  const hours = await untilCounted(target, counted);
  expect(hours[0]?.hour).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/);

  const { appId } = target;
  const rows = await opsJson<(Counts & { orgId: string })[]>('usage', '--from', '1h', '--app', appId);
  expect(rows.map(({ orgId }) => orgId)).toEqual(rows.map(() => tenant.orgId));
  expect(total(rows)).toEqual(counted);
  const { exitCode, stdout } = await ops('usage', '--from', '1h');
  expect(exitCode).toBe(0);
  const [head, ...lines] = stdout.trim().split('\n');
  expect(head).toBe('hour,org_id,app_id,messages,attempts,bytes');
  const mine = lines.filter((line) => line.includes(appId)).map((line) => line.split(',').slice(3).map(Number));
  expect(total(mine.map(([messages = 0, attempts = 0, bytes = 0]) => ({ messages, attempts, bytes })))).toEqual(
    counted,
  );
});

test('the SDK is told of a task that has ended, whose answer has the applications in it', async () => {
  await send(target);
  await untilCounted(target, { messages: 1, bytes: PAYLOAD_BYTES, attempts: 1 });
  const task = await tenant.svix.statistics.aggregateAppStats({ ...stretch(), appIds: [target.appId, 'nobody'] });
  expect(task).toMatchObject({ status: 'finished', task: 'application.stats', unresolvedAppIds: ['nobody'] });
  expect(task.updatedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);

  const { body } = await call('POST', '/api/v1/stats/usage/app', {
    ...{ token: tenant.token, text: JSON.stringify(stretch()) },
  });
  expect(body).toMatchObject({
    data: {
      appStats: [{ appId: target.appId, appUid: null, messageDestinations: 1, messages: 1, bytes: PAYLOAD_BYTES }],
    },
  });
});

test('another organisation and an application itself are told nothing', async () => {
  const other = await newTenant();
  await expect(hoursOf(target.appId, other.token)).resolves.toMatchObject({ status: 404 });
  expect(
    await refusalOf(other.svix.statistics.aggregateAppStats({ ...stretch(), appIds: [target.appId] })),
  ).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'appIds'] }] } });
  const portal = sdk(await signed({ sub: target.appId, org: tenant.orgId }));
  expect(await refusalOf(portal.statistics.aggregateAppStats(stretch()))).toMatchObject({ status: 403 });
  const { since, until } = stretch();
  expect(await refusalOf(tenant.svix.statistics.aggregateAppStats({ since: until, until: since }))).toMatchObject({
    status: 400,
    body: { code: 'invalid_range' },
  });
});

test('a batch of the stream that comes twice, whole or in half, counts once', async () => {
  const messageIds = [await send(target), await send(target)];
  await untilCounted(target, { messages: 2, bytes: 2 * PAYLOAD_BYTES, attempts: 2 });
  const records = await Promise.all(messageIds.map(recordOf));
  const shardId = `shardId-${crypto.randomUUID()}`;
  // Under a shard of its own the batch counts once more, and not twice.
  for (const batch of [records.slice(0, 1), records, records, records.slice(1)]) await projectAgain(batch, shardId);
  await untilCounted(target, { messages: 4, bytes: 4 * PAYLOAD_BYTES, attempts: 2 });
});

/** The record of a message's insert, as the stream tells it. */
const recordOf = async (messageId: string, index: number): Promise<object> => {
  const { PK, SK } = messageKey({ orgId: tenant.orgId, appId: target.appId, messageId });
  const { Item: NewImage } = await new DynamoDBClient(clientOptions()).send(
    new GetItemCommand({
      TableName: await contractValue('table/name'),
      Key: { PK: { S: PK }, SK: { S: SK } },
      ConsistentRead: true,
    }),
  );
  const payload = { B: Buffer.from(NewImage?.payload?.B ?? []).toString('base64') };
  return {
    ...{ eventID: crypto.randomUUID(), eventName: 'INSERT', eventSource: 'aws:dynamodb' },
    dynamodb: {
      ...{ Keys: { PK, SK }, NewImage: { ...NewImage, payload }, SequenceNumber: String(index + 1) },
      ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
    },
  };
};

/** Gives records to the deployed function, as the stream would. */
const projectAgain = async (Records: readonly object[], shardId: string): Promise<void> => {
  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({
      FunctionName: `fanfare-${environmentUnderTest().stage}-project-stream`,
      Qualifier: 'live',
      Payload: JSON.stringify({ Records, shardId }),
    }),
  );
  expect(answer.FunctionError).toBeUndefined();
};
