import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { backgroundTaskStoreContract } from './background-task-store.contract.ts';
import { backgroundTaskTable } from './background-task-table.ts';

describe('background tasks of the table', () =>
  backgroundTaskStoreContract(async () =>
    backgroundTaskTable(testTableClient(), await contractValue('table/name'), Date.now),
  ));
