import { slotTableContract } from './slot-table.contract.ts';
import { fakeSlotTable } from './slot-table.fake.ts';

describe('the slots in memory', () => slotTableContract(async () => fakeSlotTable()));
