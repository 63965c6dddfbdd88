import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dueKey, type LogRef, logKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import { logItem } from '@fanfare/events/ordered-log';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { dueMessageOf } from '../domain/due-message.ts';
import { messageTableContract } from './message-table.contract.ts';
import { messageTable } from './message-table.ts';

describe('the message table on the emulator', () =>
  messageTableContract(async (now) => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const stored = async (ref: MessageRef): Promise<MessageRecord | undefined> => {
      const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: messageKey(ref) }));
      if (Item === undefined) return undefined;
      const { PK, SK, ...record } = Item;
      return record as MessageRecord;
    };
    const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
    const isDue = async (ref: MessageRef, dueAt: number): Promise<boolean> => {
      const due = dueMessageOf(ref, dueAt);
      const Key = dueKey({ dueAt, what: due.what, id: dueId(due) });
      return (await client.send(new GetCommand({ TableName: tableName, Key }))).Item !== undefined;
    };
    const placeOf = async (log: LogRef, number: number): Promise<string | undefined> => {
      const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: logKey(log, number) }));
      return Item === undefined ? undefined : placeIn(Item);
    };
    return { ...messageTable(client, tableName, now, waiting), stored, isDue, placeOf };
  }));

const placeIn = (item: Record<string, unknown>): string => {
  const place = logItem.parse(item);
  return place.kind === 'log-hole' ? 'closed' : place.messageId;
};
