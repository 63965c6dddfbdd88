import { fakePayloadStore } from './payload-object.fake.ts';
import { payloadStoreContract } from './payload-store.contract.ts';

describe('bodies in memory', () => payloadStoreContract(async () => fakePayloadStore()));
