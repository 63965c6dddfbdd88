import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { statisticsKey } from '@fanfare/core/keys';
import { statisticsRecord } from '@fanfare/events/statistics-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { statisticsStoreContract } from './statistics-store.contract.ts';
import { statisticsTable } from './statistics-table.ts';

describe('counters of the table', () =>
  statisticsStoreContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    return {
      count: statisticsTable(client, tableName),
      read: async ({ endpoint, hour }, shard) => {
        const Key = statisticsKey({ ...endpoint, hour, shard });
        const { Item } = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
        if (Item === undefined) return undefined;
        const { delivered, failed, exhausted, waiting } = statisticsRecord.parse(Item);
        return { delivered, failed, exhausted, waiting };
      },
    };
  }));
