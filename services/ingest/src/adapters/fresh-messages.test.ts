import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { MessageRecord } from '@fanfare/events/message-record';
import { mockClient } from 'aws-sdk-client-mock';
import { fakeFreshMessages } from '../domain/fresh-messages.fake.ts';
import { fakeMessageTable } from '../domain/message-table.fake.ts';
import { freshMessagesContract } from './fresh-messages.contract.ts';
import { freshMessages } from './fresh-messages.ts';

describe('the fake store of fresh messages', () =>
  freshMessagesContract(async () => {
    const table = fakeMessageTable(Date.now);
    return { saveFresh: fakeFreshMessages(table, () => false), stored: table.stored };
  }));

describe('when the table is under pressure', () => {
  const client = mockClient(DynamoDBDocumentClient);
  const slept: number[] = [];
  const saveFresh = freshMessages(client as unknown as DynamoDBDocumentClient, 'main', {
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
  });
  const messages = (count: number) =>
    Array.from({ length: count }, (_, number) => ({
      ref: { orgId: 'org_1', appId: 'app_1', messageId: `msg_${number}` },
      record: { kind: 'message' } as MessageRecord,
    }));

  beforeEach(() => {
    client.reset();
    slept.length = 0;
  });

  test('what stays unprocessed is told by its id, after some five seconds at most', async () => {
    client.on(BatchWriteCommand).callsFake(({ RequestItems }) => ({
      UnprocessedItems: { main: RequestItems.main.slice(-1) },
    }));
    const failed = await saveFresh(messages(2));
    expect([...failed.keys()]).toEqual(['msg_1']);
    expect(slept).toHaveLength(6);
    expect(slept.reduce((sum, ms) => sum + 2 * ms, 0)).toBeLessThanOrEqual(5_000);
  });

  test('a call that fails fails for its own messages alone', async () => {
    client.on(BatchWriteCommand).callsFake(({ RequestItems }) => {
      if (RequestItems.main.length === 5) throw new Error('throttled');
      return {};
    });
    const failed = await saveFresh(messages(30));
    expect([...failed.keys()]).toEqual(['msg_25', 'msg_26', 'msg_27', 'msg_28', 'msg_29']);
  });
});
