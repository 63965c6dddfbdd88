import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { backgroundTaskKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { backgroundTaskStoreContract } from './background-task-store.contract.ts';
import { backgroundTaskTable } from './background-task-table.ts';

describe('background tasks of the table', () =>
  backgroundTaskStoreContract(async () => {
    const [client, TableName] = [testTableClient(), await contractValue('table/name')];
    return {
      ...backgroundTaskTable(client, TableName, Date.now),
      put: async (orgId, task) => {
        const Item = { ...backgroundTaskKey({ orgId, taskId: task.id }), ...task };
        await client.send(new PutCommand({ TableName, Item }));
      },
    };
  }));
