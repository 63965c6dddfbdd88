import { fakeUsageTable } from '../domain/usage-table.fake.ts';
import { usageTableContract } from './usage-table.contract.ts';

describe('usage in memory', () => usageTableContract(async (items) => fakeUsageTable(items)));
