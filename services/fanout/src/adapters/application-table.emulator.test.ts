import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { applicationStoreContract } from './application-table.contract.ts';
import { applicationTable } from './application-table.ts';

describe('the reader of applications of the table', () =>
  applicationStoreContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    return {
      read: applicationTable(client, tableName),
      put: async (item) => void (await client.send(new PutCommand({ TableName: tableName, Item: item }))),
    };
  }));
