import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { applicationUidKey, type Key, versionKey } from '../keys.ts';
import { applicationFinder } from './application-finder.ts';

const table = mockClient(DynamoDBDocumentClient);
const items = new Map<string, object>();
const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const otherAppId = 'app_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';

const put = ({ PK, SK }: Key, item: object) => items.set(`${PK}\n${SK}`, { PK, SK, ...item });
const drop = ({ PK, SK }: Key) => items.delete(`${PK}\n${SK}`);
const putApplication = (id: string, uid: string, version = 1) => {
  put(versionKey({ orgId, appId: id }), { kind: 'application-version', version, uid });
  put(applicationUidKey(orgId, uid), { kind: 'application-uid', appId: id });
};
const reads = () => table.commandCalls(GetCommand).length;
const finder = () => applicationFinder(table as unknown as DynamoDBDocumentClient, 'main');

beforeEach(() => {
  items.clear();
  table.reset();
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(`${Key.PK}\n${Key.SK}`) }));
  putApplication(appId, 'customer-7', 4);
});

test('an application is found by its id with one strong read', async () => {
  await expect(finder()(orgId, appId)).resolves.toEqual({ orgId, appId, version: 4 });
  expect(reads()).toBe(1);
  expect(table.commandCalls(GetCommand)[0]?.args[0].input.ConsistentRead).toBe(true);
});

test('what is found tells how many endpoints are ordered and how long payloads are kept, where the version says so', async () => {
  const beside = { orderedEndpoints: 2, payloadRetentionDays: 30 };
  put(versionKey({ orgId, appId }), { kind: 'application-version', version: 5, ...beside, throttleRate: 9 });
  await expect(finder()(orgId, appId)).resolves.toEqual({ orgId, appId, version: 5, ...beside });
});

test('an application is found by its uid, which is remembered', async () => {
  const find = finder();
  await expect(find(orgId, 'customer-7')).resolves.toEqual({ orgId, appId, version: 4 });
  expect(reads()).toBe(2);
  await find(orgId, 'customer-7');
  expect(reads()).toBe(3);
});

test('the version is read each time', async () => {
  const find = finder();
  await find(orgId, 'customer-7');
  putApplication(appId, 'customer-7', 5);
  await expect(find(orgId, 'customer-7')).resolves.toMatchObject({ version: 5 });
});

test('a uid that was given to another application names the other one at once', async () => {
  const find = finder();
  await find(orgId, 'customer-7');
  put(versionKey({ orgId, appId }), { kind: 'application-version', version: 6 });
  putApplication(otherAppId, 'customer-7', 1);
  await expect(find(orgId, 'customer-7')).resolves.toEqual({ orgId, appId: otherAppId, version: 1 });
});

test('a deleted application is not found, by id or by uid', async () => {
  const find = finder();
  await find(orgId, 'customer-7');
  put(versionKey({ orgId, appId }), { kind: 'application-version', version: 5, deletedAt: '2026-11-23T12:00:00Z' });
  drop(applicationUidKey(orgId, 'customer-7'));
  await expect(find(orgId, appId)).resolves.toBeUndefined();
  await expect(find(orgId, 'customer-7')).resolves.toBeUndefined();
});

test("another organisation's application is not found", async () => {
  const otherOrg = 'org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
  await expect(finder()(otherOrg, appId)).resolves.toBeUndefined();
  await expect(finder()(otherOrg, 'customer-7')).resolves.toBeUndefined();
});

test('what one organisation remembers, another does not find', async () => {
  const find = finder();
  await find(orgId, 'customer-7');
  await expect(find('org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ', 'customer-7')).resolves.toBeUndefined();
});

test.each(['', 'a#b', 'app_#', 'app_1', 'a/b', 'ü', '../app', 'x'.repeat(300)])(
  '%p names nothing, and the table is not asked',
  async (text) => {
    await expect(finder()(orgId, text)).resolves.toBeUndefined();
    expect(reads()).toBe(0);
  },
);
