import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, versionKey } from '@fanfare/core/keys';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { activationStoreContract } from './activation-store.contract.ts';
import { activationTable } from './activation-table.ts';

describe('what is found of new URLs in the table', () =>
  activationStoreContract(async () => {
    const client = testTableClient();
    const TableName = await contractValue('table/name');
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
