import { fakeImportStore } from '../domain/import-store.fake.ts';
import { importStoreContract } from './import-store.contract.ts';

describe('imports in memory', () => importStoreContract(async () => fakeImportStore(Date.now)));
