import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { MessageRecord } from '@fanfare/events/message-record';
import { mockClient } from 'aws-sdk-client-mock';
import { fakeLog } from '../domain/take-place.fake.ts';
import { placeStoreContract } from './place-table.contract.ts';
import { placeTable } from './place-table.ts';

describe('the fake log', () => placeStoreContract(async () => fakeLog()));

describe('the transaction that gives a message its place', () => {
  const client = mockClient(DynamoDBDocumentClient);
  const slept: number[] = [];
  const table = placeTable(client as unknown as DynamoDBDocumentClient, 'main', () => 1_800_000_000_000, {
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
  });
  const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
  const message = { eventType: 'a', appVersion: 9, correlationId: 'c', expiresAt: 5 } as MessageRecord;
  const place = () => table.place(ref, message, { key: 'a', number: 7 });
  const cancelled = (mark: object, entry: object) =>
    new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      CancellationReasons: [mark, entry],
    });

  beforeEach(() => {
    client.reset();
    slept.length = 0;
  });

  test('writes what tells who gets the message, for the version that it is for, and when it took its place', async () => {
    client.on(TransactWriteCommand).resolves({});
    await expect(place()).resolves.toEqual({ key: 'a', number: 7 });
    const [, entry] = client.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems ?? [];
    expect(entry?.Put?.Item).toEqual({
      PK: 'org_1#app_1#LOG#a',
      SK: '000000000007',
      kind: 'log-entry',
      number: 7,
      messageId: 'msg_1',
      eventType: 'a',
      appVersion: 9,
      acceptedAt: 1_800_000_000_000,
      correlationId: 'c',
      expiresAt: 5,
    });
  });

  test('that was done although its answer was lost is known as done', async () => {
    const item = marshall({ order: { key: 'a', number: 7 } });
    const failed = { Code: 'ConditionalCheckFailed' };
    client.on(TransactWriteCommand).rejects(cancelled({ ...failed, Item: item }, failed));
    await expect(place()).resolves.toEqual({ key: 'a', number: 7 });
  });

  test('that meets another one is tried again', async () => {
    client
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled({ Code: 'TransactionConflict' }, { Code: 'None' }))
      .resolves({});
    await expect(place()).resolves.toEqual({ key: 'a', number: 7 });
    expect(slept).toEqual([12]);
  });

  test('is a fault when conflicts do not end, or for any other reason', async () => {
    client.on(TransactWriteCommand).rejects(cancelled({ Code: 'TransactionConflict' }, { Code: 'None' }));
    await expect(place()).rejects.toThrow('Transaction cancelled');
    expect(client.commandCalls(TransactWriteCommand)).toHaveLength(6);
    client.reset();
    client.on(TransactWriteCommand).rejects(cancelled({ Code: 'ThrottlingError' }, { Code: 'None' }));
    await expect(place()).rejects.toThrow('Transaction cancelled');
    expect(client.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });
});
