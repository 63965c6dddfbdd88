import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { attemptIndexKey, attemptKey, endpointKey, type Key, messageKey, versionKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { candidateStoreContract } from './candidate-store.contract.ts';
import { candidateTable } from './candidate-table.ts';

const waiting = { sleep: async () => undefined, random: () => 0.5 };

describe('what a replay reads, of the table', () =>
  candidateStoreContract(async () => {
    const client = testTableClient();
    const TableName = await contractValue('table/name');
    const put = async (key: Key, record: object) =>
      void (await client.send(new PutCommand({ TableName, Item: { ...key, ...record } })));
    return {
      ...candidateTable(client, TableName, waiting),
      putApplication: (ref, record) => put(versionKey(ref), record),
      putEndpoint: (ref, record) => put(endpointKey(ref), record),
      putMessage: (ref, record) => put(messageKey(ref), record),
      putAttempt: (ref, record) => put({ ...attemptKey(ref), ...attemptIndexKey(ref, record.id) }, record),
    };
  }));
