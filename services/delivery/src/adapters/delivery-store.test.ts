import { deliveryStoreContract } from './delivery-store.contract.ts';
import { fakeDeliveryStore } from './delivery-store.fake.ts';

describe('the store of deliveries in memory', () => deliveryStoreContract(async () => fakeDeliveryStore()));
