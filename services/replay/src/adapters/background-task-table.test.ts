import { fakeBackgroundTaskStore } from '../domain/background-task-store.fake.ts';
import { backgroundTaskStoreContract } from './background-task-store.contract.ts';

describe('background tasks in memory', () =>
  backgroundTaskStoreContract(async () => fakeBackgroundTaskStore(Date.now)));
