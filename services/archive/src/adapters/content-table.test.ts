import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { contentTable } from './content-table.ts';

const client = mockClient(DynamoDBDocumentClient);
const slept: number[] = [];
const table = contentTable(client as unknown as DynamoDBDocumentClient, 'main', {
  sleep: async (ms) => void slept.push(ms),
  random: () => 0.5,
});
const expunge = () => table.expungeMessage({ orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' }, 1_700_000_000_000);
const refused = (...codes: readonly string[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

beforeEach(() => {
  client.reset();
  slept.length = 0;
});

test('a message whose content another call has just taken away is done', async () => {
  client.on(TransactWriteCommand).rejects(refused('ConditionalCheckFailed', 'None'));
  await expect(expunge()).resolves.toBe('expunged-before');
});

test('a conflict with a change of the application is tried again', async () => {
  client.on(TransactWriteCommand).rejectsOnce(refused('None', 'TransactionConflict')).resolves({});
  await expect(expunge()).resolves.toBe('expunged');
  expect(slept).toHaveLength(1);
});

test('a conflict that does not end, and any other reason, is a fault: nothing was taken away', async () => {
  client.on(TransactWriteCommand).rejects(refused('None', 'TransactionConflict'));
  await expect(expunge()).rejects.toThrow('Transaction cancelled');
  client.on(TransactWriteCommand).rejects(refused('ThrottlingError', 'None'));
  await expect(expunge()).rejects.toThrow('Transaction cancelled');
});
