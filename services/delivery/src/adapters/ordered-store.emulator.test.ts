import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, logKey, versionKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { orderedStoreContract } from './ordered-store.contract.ts';
import { orderedTable } from './ordered-table.ts';

describe('logs and cursors in the table', () =>
  orderedStoreContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
    const put = async (Item: Record<string, unknown>) =>
      void (await client.send(new PutCommand({ TableName: tableName, Item })));
    return {
      ...orderedTable({ client, tableName, waiting, now: Date.now }),
      putEndpoint: (ref, endpoint) => put({ ...endpointKey(ref), ...endpoint }),
      putVersion: (ref, version) => put({ ...versionKey(ref), ...version }),
      putLogItem: (log, item) => put({ ...logKey(log, item.number), ...item }),
    };
  }));
