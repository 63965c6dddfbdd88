import { setTimeout as sleep } from 'node:timers/promises';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { usageReader } from './usage-reader.ts';
import { usageTableContract } from './usage-table.contract.ts';

describe('usage in the table', () =>
  usageTableContract(async (items) => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
    const writes = items.map((Item) => ({ PutRequest: { Item } }));
    await batchWrite(client, tableName, writes, waiting);
    return usageReader(client, tableName, waiting);
  }));
