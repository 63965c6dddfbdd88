import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { clientOptions, testTableClient } from '../../../../tests/environment-under-test.ts';
import { dueStoreContract } from './due-store.contract.ts';
import { dueTable } from './due-table.ts';

/** A table of its own: the environment's has a sweep, and cursors that must not be moved. */
const tableName = `due-store-${crypto.randomUUID()}`;
const plain = new DynamoDBClient(clientOptions());

beforeAll(async () => {
  const names = ['PK', 'SK'] as const;
  await plain.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: names.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
});
afterAll(async () => void (await plain.send(new DeleteTableCommand({ TableName: tableName }))));

describe('the store of what is due in a table', () =>
  dueStoreContract(async () => {
    const client = testTableClient();
    return {
      ...dueTable(client, tableName, { sleep, random: Math.random }),
      keepUntilDue: dueWriter(client, tableName, Date.now),
      put: async (item) => void (await client.send(new PutCommand({ TableName: tableName, Item: item }))),
    };
  }));
