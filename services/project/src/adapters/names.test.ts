import { namesContract } from './names.contract.ts';
import { fakeNames } from './names.fake.ts';

describe('the names of items in memory', () => namesContract(async (items) => fakeNames(items)));
