import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { cancelTable } from './cancel-table.ts';

const client = mockClient(DynamoDBDocumentClient);
const slept: number[] = [];
const table = cancelTable(client as unknown as DynamoDBDocumentClient, 'main', {
  sleep: async (ms) => void slept.push(ms),
  random: () => 0.5,
});
const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
const cancel = () => table.cancel(ref, 1_800_000_000_000, 1_700_000_000_000);
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

test('the message is marked and its due item taken away in one transaction', async () => {
  client.on(TransactWriteCommand).resolves({});
  await expect(cancel()).resolves.toBe('cancelled');
  const [call] = client.commandCalls(TransactWriteCommand);
  const [mark, removal] = call?.args[0].input.TransactItems ?? [];
  expect(mark?.Update).toMatchObject({ ConditionExpression: 'attribute_not_exists(cancelledAt)' });
  expect(removal?.Delete?.Key?.SK).toBe('1800000000000#message#org_1#app_1#msg_1');
});

test.each([
  ['called off by somebody else at the same time', ['ConditionalCheckFailed', 'ConditionalCheckFailed'], 'cancelled'],
  ['due already', ['None', 'ConditionalCheckFailed'], 'started'],
])('a message that is %s is told apart', async (_title, codes, outcome) => {
  client.on(TransactWriteCommand).rejects(refused(...codes));
  await expect(cancel()).resolves.toBe(outcome);
});

test('a conflict with the sweep is tried again', async () => {
  client.on(TransactWriteCommand).rejectsOnce(refused('None', 'TransactionConflict')).resolves({});
  await expect(cancel()).resolves.toBe('cancelled');
  expect(slept).toHaveLength(1);
});

test('a conflict that does not end, and any other reason, is a fault', async () => {
  client.on(TransactWriteCommand).rejects(refused('None', 'TransactionConflict'));
  await expect(cancel()).rejects.toThrow('Transaction cancelled');
  client.on(TransactWriteCommand).rejects(refused('ThrottlingError', 'None'));
  await expect(cancel()).rejects.toThrow('Transaction cancelled');
});
