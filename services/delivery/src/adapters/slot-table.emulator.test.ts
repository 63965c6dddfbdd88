import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { slotTableContract } from './slot-table.contract.ts';
import { slotTable } from './slot-table.ts';

describe('the slots in the table', () =>
  slotTableContract(async () => slotTable(testTableClient(), await contractValue('table/name'))));
