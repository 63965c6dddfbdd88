import { dueStoreContract } from './due-store.contract.ts';
import { fakeDueStore } from './due-store.fake.ts';

describe('the store of what is due in memory', () => dueStoreContract(async () => fakeDueStore(Date.now)));
