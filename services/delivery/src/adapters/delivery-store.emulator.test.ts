import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { attemptTable } from './attempt-table.ts';
import { deliveryStoreContract } from './delivery-store.contract.ts';
import { endpointHealthTable } from './endpoint-health-table.ts';
import { taskStateTable } from './task-state-table.ts';

describe('the store of deliveries in the table', () =>
  deliveryStoreContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    return {
      record: attemptTable(client, tableName),
      changeHealth: endpointHealthTable({
        client,
        tableName,
        waiting: { sleep, random: Math.random },
        now: Date.now,
      }),
      readState: taskStateTable(client, tableName, { sleep, random: Math.random }, fakePayloadStore().read),
      put: async (item) => void (await client.send(new PutCommand({ TableName: tableName, Item: item }))),
    };
  }));
