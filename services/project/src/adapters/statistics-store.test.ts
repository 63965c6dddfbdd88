import { statisticsStoreContract } from './statistics-store.contract.ts';
import { fakeStatisticsStore } from './statistics-store.fake.ts';

describe('counters in memory', () => statisticsStoreContract(async () => fakeStatisticsStore()));
