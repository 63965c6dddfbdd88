import { fakeOrderedStore } from '../domain/ordered/ordered-store.fake.ts';
import { orderedStoreContract } from './ordered-store.contract.ts';

describe('logs and cursors in memory', () => orderedStoreContract(async () => fakeOrderedStore(Date.now)));
