import { fakeHistoryTable } from '../domain/history-table.fake.ts';
import { historyTableContract } from './history-table.contract.ts';

describe('the fake table', () => historyTableContract(async (items) => fakeHistoryTable(items)));
