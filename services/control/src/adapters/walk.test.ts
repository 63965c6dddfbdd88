import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { walk } from './walk.ts';

const table = mockClient(DynamoDBDocumentClient);
const client = table as unknown as DynamoDBDocumentClient;
const apps = { TableName: 'main', order: 'ascending', keyOf: (id: string) => ({ PK: 'apps', SK: id }) } as const;
const inputs = () => table.commandCalls(QueryCommand).map(({ args }) => args[0].input);

beforeEach(() => table.reset());

test('a walk goes on past pages that hold nothing, until there are enough', async () => {
  table
    .on(QueryCommand)
    .resolvesOnce({ Items: [], LastEvaluatedKey: { PK: 'apps', SK: 'b' } })
    .resolvesOnce({ Items: [{ SK: 'c' }], LastEvaluatedKey: { PK: 'apps', SK: 'c' } })
    .resolves({ Items: [{ SK: 'd' }, { SK: 'e' }], LastEvaluatedKey: { PK: 'apps', SK: 'e' } });
  const rows = await walk(client, apps, { limit: 1, backwards: false, from: 'a' });
  expect(rows).toEqual([{ SK: 'c' }, { SK: 'd' }]);
  expect(inputs().map(({ ExclusiveStartKey }) => ExclusiveStartKey?.SK)).toEqual(['a', 'b', 'c']);
});

test('a walk ends where the table ends', async () => {
  table.on(QueryCommand).resolves({ Items: [{ SK: 'a' }] });
  await expect(walk(client, apps, { limit: 9, backwards: false })).resolves.toEqual([{ SK: 'a' }]);
});

test.each([
  ['ascending', undefined, false, true],
  ['ascending', undefined, true, false],
  ['ascending', 'descending', false, false],
  ['descending', undefined, false, false],
  ['descending', undefined, true, true],
  ['descending', 'ascending', true, false],
] as const)('a list that is %s, asked for as %s, backwards: %s', async (own, order, backwards, isForward) => {
  table.on(QueryCommand).resolves({ Items: [] });
  await walk(client, { ...apps, order: own }, { limit: 1, backwards, ...(order && { order }) });
  expect(inputs()[0]?.ScanIndexForward).toBe(isForward);
});
