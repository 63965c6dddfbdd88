import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, versionKey } from '@fanfare/core/keys';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { testTableClient } from '../../../../tests/environment-under-test.ts';
import { ownTable } from '../../../../tests/own-table.ts';
import { activationStoreContract } from './activation-store.contract.ts';
import { activationTable } from './activation-table.ts';

/** In the environment's, what is new is examined by what is deployed. */
const TableName = ownTable('activation-store');

describe('what is found of new URLs in the table', () =>
  activationStoreContract(async () => {
    const client = testTableClient();
    return {
      ...activationTable(client, TableName),
      putEndpoint: async (ref, endpoint) =>
        void (await client.send(new PutCommand({ TableName, Item: { ...endpointKey(ref), ...endpoint } }))),
      putVersion: async (ref, version) =>
        void (await client.send(new PutCommand({ TableName, Item: { ...versionKey(ref), ...version } }))),
      endpointAt: async (ref) => {
        const Key = endpointKey(ref);
        const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
        return Item === undefined ? undefined : endpointRecord.parse(Item);
      },
    };
  }));
