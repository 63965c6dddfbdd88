import { controlStoreContract } from './control-store.contract.ts';
import { fakeControlStore } from './control-store.fake.ts';

describe('the store in memory', () => {
  controlStoreContract(async () => ({ store: fakeControlStore(Date.now), now: Date.now }));
});
