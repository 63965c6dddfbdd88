import { fakeCandidateStore } from '../domain/candidate-store.fake.ts';
import { candidateStoreContract } from './candidate-store.contract.ts';

describe('what a replay reads, in memory', () => candidateStoreContract(async () => fakeCandidateStore()));
