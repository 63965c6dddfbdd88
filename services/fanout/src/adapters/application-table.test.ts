import { applicationStoreContract } from './application-table.contract.ts';
import { fakeApplicationTable } from './application-table.fake.ts';

describe('the reader of applications in memory', () => applicationStoreContract(async () => fakeApplicationTable()));
