import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { controlStoreContract } from '../domain/control-store.contract.ts';
import { findAnswer } from './answer-table.ts';
import { applicationTable } from './application-table.ts';
import { endpointTable } from './endpoint-table.ts';

describe('the table on the emulator', () => {
  controlStoreContract(async () => {
    const [client, tableName, now] = [testTableClient(), await contractValue('table/name'), Date.now];
    const store = {
      findApplication: applicationFinder(client, tableName),
      ...applicationTable(client, tableName, now),
      ...endpointTable(client, tableName, now),
      findAnswer: findAnswer(client, tableName, now),
    };
    return { store, now };
  });
});
