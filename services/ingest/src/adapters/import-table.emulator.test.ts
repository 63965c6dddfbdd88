import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { importStoreContract } from './import-store.contract.ts';
import { importTable } from './import-table.ts';

describe('imports of the table', () =>
  importStoreContract(async () => importTable(testTableClient(), await contractValue('table/name'), Date.now)));
