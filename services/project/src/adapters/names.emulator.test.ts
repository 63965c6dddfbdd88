import { setTimeout as sleep } from 'node:timers/promises';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { namesContract } from './names.contract.ts';
import { namesTable } from './names-table.ts';

describe('the names of the table', () =>
  namesContract(async (items) => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
    await batchWrite(
      client,
      tableName,
      items.map((Item) => ({ PutRequest: { Item } })),
      waiting,
    );
    return namesTable(client, tableName, waiting);
  }));
