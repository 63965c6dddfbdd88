import { fakeParkStore } from '../domain/park-store.fake.ts';
import { parkStoreContract } from './park-store.contract.ts';

describe('the park in memory', () => parkStoreContract(async () => fakeParkStore()));
