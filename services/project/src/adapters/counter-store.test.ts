import { statisticsRows, usageRows } from './counter-rows.samples.ts';
import { counterStoreContract } from './counter-store.contract.ts';
import { fakeCounterStore } from './counter-store.fake.ts';

describe('statistics in memory', () =>
  counterStoreContract({ ...statisticsRows, makeStore: async () => fakeCounterStore(statisticsRows.counters) }));

describe('usage in memory', () =>
  counterStoreContract({ ...usageRows, makeStore: async () => fakeCounterStore(usageRows.counters) }));
