import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { type ApplicationRef, archiveKeyKey, type EndpointRef, endpointKey, versionKey } from '@fanfare/core/keys';
import type { EngineFields } from '@fanfare/events/endpoint-record';
import { testTableClient } from '../../../../tests/environment-under-test.ts';
import { ownTable } from '../../../../tests/own-table.ts';
import { controlStoreContract } from '../domain/control-store.contract.ts';
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

test('the data key of an application’s archived content is destroyed with it, for good', async () => {
  const client = testTableClient();
  const table = applicationTable(client, tableName, Date.now);
  const ref = {
    orgId: mintId('org', Date.now(), randomBytes(RANDOM_BYTES)),
    appId: mintId('app', Date.now(), randomBytes(RANDOM_BYTES)),
  };
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
