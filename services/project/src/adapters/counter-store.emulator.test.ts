import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { statisticsRecord } from '@fanfare/events/statistics-record';
import { usageRecord } from '@fanfare/events/usage-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { statisticsRows, usageRows } from './counter-rows.samples.ts';
import { counterStoreContract } from './counter-store.contract.ts';
import type { CounterStore } from './counter-store.fake.ts';
import { type Counters, countedUpTo, counterTable } from './counter-table.ts';

type Parse<Count extends string> = (item: unknown) => Record<Count, number>;

const tableOf = async <Row extends { readonly hour: string }, Count extends string>(
  counters: Counters<Row, Count>,
  parse: Parse<Count>,
): Promise<CounterStore<Row, Count>> => {
  const client = testTableClient();
  const tableName = await contractValue('table/name');
  return {
    count: counterTable(client, tableName, counters),
    countedUpTo: countedUpTo(client, tableName, counters),
    read: async (row, shard) => {
      const Key = counters.keyOf(row, shard);
      const { Item } = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
      if (Item === undefined) return undefined;
      const record = parse(Item);
      return Object.fromEntries(counters.counts.map((count) => [count, record[count]])) as Record<Count, number>;
    },
  };
};

describe('statistics in the table', () =>
  counterStoreContract({
    ...statisticsRows,
    makeStore: () => tableOf(statisticsRows.counters, (item) => statisticsRecord.parse(item)),
  }));

describe('usage in the table', () =>
  counterStoreContract({
    ...usageRows,
    makeStore: () => tableOf(usageRows.counters, (item) => usageRecord.parse(item)),
  }));
