import { fakeSlotTable } from '../domain/slot-table.fake.ts';
import { slotTableContract } from './slot-table.contract.ts';

describe('the slots in memory', () => slotTableContract(async () => fakeSlotTable()));
