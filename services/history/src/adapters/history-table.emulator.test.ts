import { setTimeout as sleep } from 'node:timers/promises';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { attemptReader } from './attempt-reader.ts';
import { endpointReader } from './endpoint-reader.ts';
import { historyTableContract } from './history-table.contract.ts';
import { messageReader } from './message-reader.ts';
import { statisticsReader } from './statistics-reader.ts';

describe('the table on the emulator', () =>
  historyTableContract(async (items) => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
    const writes = items.map((Item) => ({ PutRequest: { Item } }));
    await batchWrite(client, tableName, writes, waiting);
    return {
      ...messageReader(client, tableName, waiting),
      ...attemptReader(client, tableName, waiting),
      ...endpointReader(client, tableName, waiting),
      ...statisticsReader(client, tableName),
    };
  }));
