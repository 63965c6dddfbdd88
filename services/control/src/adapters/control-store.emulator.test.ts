import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import {
  type ApplicationRef,
  archiveKeyKey,
  dueKey,
  type EndpointRef,
  endpointKey,
  versionKey,
} from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem } from '@fanfare/events/due-item';
import type { EngineFields } from '@fanfare/events/endpoint-record';
import { testTableClient } from '../../../../tests/environment-under-test.ts';
import { ownTable } from '../../../../tests/own-table.ts';
import { newApplication } from '../domain/application.ts';
import { controlStoreContract } from '../domain/control-store.contract.ts';
import { newEndpoint } from '../domain/endpoint.ts';
import { findAnswer } from './answer-table.ts';
import { applicationTable } from './application-table.ts';
import { endpointTable } from './endpoint-table.ts';

/** In the environment's, what is new is examined by what is deployed, and what was found stands on the endpoint. */
const tableName = ownTable('control-store');

describe('the table on the emulator', () => {
  controlStoreContract(async () => {
    const [client, now] = [testTableClient(), Date.now];
    const store = {
      findApplication: applicationFinder(client, tableName),
      ...applicationTable(client, tableName, now),
      ...endpointTable(client, tableName, now),
      findAnswer: findAnswer(client, tableName, now),
      rateOf: async (ref: ApplicationRef) => {
        const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: versionKey(ref) }));
        return Item?.throttleRate as number | undefined;
      },
      engineWrites: async (ref: EndpointRef, fields: EngineFields) => {
        const names = Object.keys(fields) as (keyof EngineFields)[];
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: endpointKey(ref),
            UpdateExpression: `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`,
            ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, fields[name]])),
          }),
        );
      },
    };
    return { store, now };
  });
});

const newId = (prefix: Parameters<typeof mintId>[0]): string => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

test('the look that enabling an endpoint asks for is the one that its item names, however the clock goes on', async () => {
  const client = testTableClient();
  const application = newApplication(newId('app'), { name: 'under test', uid: undefined, metadata: {} }, Date.now());
  const ref = { orgId: newId('org'), appId: application.id };
  await applicationTable(client, tableName, Date.now).saveApplication(ref.orgId, { after: application }, undefined);
  let clockMs = Date.now();
  const table = endpointTable(client, tableName, () => clockMs++);
  const settings = { url: 'https://example.com', description: '', version: 1, disabled: true, metadata: {} };
  const disabled = newEndpoint(newId('ep'), settings, { sealed: new Uint8Array([1]) }, 2, clockMs);
  await table.saveEndpoint(ref, { seen: 1, after: disabled }, undefined);
  await table.saveEndpoint(ref, { seen: 2, before: disabled, after: { ...disabled, disabled: false } }, undefined);
  const { wakeAt = 0 } = (await table.getEndpoint(ref, disabled.id)) ?? {};
  const wake = { v: 1, ...ref, endpointId: disabled.id, wakeAt } as const;
  const item: DueItem = { kind: 'due', what: 'endpoint', dueAt: wakeAt, wake };
  const Key = dueKey({ dueAt: wakeAt, what: item.what, id: dueId(item) });
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
  expect(Item).toEqual({ ...Key, ...item });
});

test('the data key of an application’s archived content is destroyed with it, for good', async () => {
  const client = testTableClient();
  const table = applicationTable(client, tableName, Date.now);
  const ref = { orgId: newId('org'), appId: newId('app') };
  const Key = archiveKeyKey(ref);
  const times = { createdAt: '2026-11-30T00:00:00.000Z', updatedAt: '2026-11-30T00:00:00.000Z' };
  const after = { kind: 'application', id: ref.appId, name: 'under test', metadata: {}, ...times } as const;
  await table.saveApplication(ref.orgId, { after }, undefined);
  const Item = { ...Key, kind: 'archive-key', wrapped: new Uint8Array([1]) };
  await client.send(new PutCommand({ TableName: tableName, Item }));
  const tombstone = { deletedAt: '2026-11-30T01:00:00.000Z', expiresAt: 2_000_000_000 };
  await expect(table.removeApplication(ref, after, tombstone)).resolves.toBe('removed');
  const kept = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
  expect(kept.Item).toEqual({ ...Key, kind: 'archive-key', destroyedAt: tombstone.deletedAt });
});
