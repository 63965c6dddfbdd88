import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, versionKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { endpointMarksTable } from './endpoint-marks-table.ts';
import { parkStoreContract } from './park-store.contract.ts';
import { parkTable } from './park-table.ts';

describe('the park in the table', () =>
  parkStoreContract(async () => {
    const client = testTableClient();
    const TableName = await contractValue('table/name');
    return {
      ...parkTable(client, TableName, { sleep: async (ms) => sleep(ms), random: Math.random }),
      ...endpointMarksTable(client, TableName),
      putEndpoint: async (ref, endpoint) =>
        void (await client.send(new PutCommand({ TableName, Item: { ...endpointKey(ref), ...endpoint } }))),
      putVersion: async (ref, version) =>
        void (await client.send(new PutCommand({ TableName, Item: { ...versionKey(ref), ...version } }))),
    };
  }));
