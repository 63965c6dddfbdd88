import { fakeActivationStore } from '../domain/activation-store.fake.ts';
import { activationStoreContract } from './activation-store.contract.ts';

describe('what is found of new URLs in memory', () => activationStoreContract(async () => fakeActivationStore()));
