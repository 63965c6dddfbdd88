import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { testTableClient } from '../../../../tests/environment-under-test.ts';
import { ownTable } from '../../../../tests/own-table.ts';
import { dueStoreContract } from './due-store.contract.ts';
import { dueTable } from './due-table.ts';

/** The environment's has a sweep, and cursors that must not be moved. */
const tableName = ownTable('due-store');

describe('the store of what is due in a table', () =>
  dueStoreContract(async () => {
    const client = testTableClient();
    return {
      ...dueTable(client, tableName, { sleep, random: Math.random }),
      keepUntilDue: dueWriter(client, tableName, Date.now),
      put: async (item) => void (await client.send(new PutCommand({ TableName: tableName, Item: item }))),
    };
  }));
