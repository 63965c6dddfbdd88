import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { transact, type Write } from './transaction.ts';

const table = mockClient(DynamoDBDocumentClient);
const client = table as unknown as DynamoDBDocumentClient;
const item = { Put: { TableName: 'main', Item: {} } };
const writes: Write<'stale' | 'taken'>[] = [
  { otherwise: 'stale', item },
  { otherwise: 'taken', item },
];
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: codes.join(),
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

beforeEach(() => table.reset());

test('what is written together is written', async () => {
  table.on(TransactWriteCommand).resolves({});
  await expect(transact(client, writes)).resolves.toBe('written');
});

test.each([
  ['the write whose condition failed says what happened', ['None', 'ConditionalCheckFailed'], 'taken'],
  ['of two whose conditions failed the first says it', ['ConditionalCheckFailed', 'ConditionalCheckFailed'], 'stale'],
  ['a failed condition says more than a conflict', ['TransactionConflict', 'ConditionalCheckFailed'], 'taken'],
  ['another transaction on the same items is a lost race', ['None', 'TransactionConflict'], 'lost-race'],
])('%s', async (_title, codes, outcome) => {
  table.on(TransactWriteCommand).rejects(cancelled(...codes));
  await expect(transact(client, writes)).resolves.toBe(outcome);
});

test.each([[cancelled('ThrottlingError', 'None')], [new Error('no network')]])('%s is a fault', async (error) => {
  table.on(TransactWriteCommand).rejects(error);
  await expect(transact(client, writes)).rejects.toBe(error);
});
