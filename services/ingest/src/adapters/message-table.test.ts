import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageRecord } from '@fanfare/events/message-record';
import { mockClient } from 'aws-sdk-client-mock';
import { fakeMessageTable } from '../domain/message-table.fake.ts';
import { messageTableContract } from './message-table.contract.ts';
import { messageTable } from './message-table.ts';

describe('the fake message table', () => messageTableContract(async (now) => fakeMessageTable(now)));

describe('when another transaction is on the same event id', () => {
  const client = mockClient(DynamoDBDocumentClient);
  const slept: number[] = [];
  const table = messageTable(client as unknown as DynamoDBDocumentClient, 'main', Date.now, {
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
  });
  const conflict = new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
  });
  const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
  const record = { kind: 'message', eventId: 'order-7' } as MessageRecord;

  beforeEach(() => {
    client.reset();
    slept.length = 0;
  });

  test('the message is saved once the other is done', async () => {
    client.on(TransactWriteCommand).rejectsOnce(conflict).rejectsOnce(conflict).resolves({});
    await expect(table.save(ref, record)).resolves.toBe('saved');
    expect(slept).toEqual([12, 25]);
  });

  test('a conflict that does not end is a fault', async () => {
    client.on(TransactWriteCommand).rejects(conflict);
    await expect(table.save(ref, record)).rejects.toThrow('Transaction cancelled');
    expect(client.commandCalls(TransactWriteCommand)).toHaveLength(6);
  });

  test('any other reason is a fault at once', async () => {
    const throttled = new TransactionCanceledException({
      message: 'Throttled',
      $metadata: {},
      CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'None' }],
    });
    client.on(TransactWriteCommand).rejects(throttled);
    await expect(table.save(ref, record)).rejects.toThrow('Throttled');
    expect(client.commandCalls(TransactWriteCommand)).toHaveLength(1);
  });
});
