import { messageRecord } from '@fanfare/events/message-record';
import type { DynamoDBRecord } from 'aws-lambda';
import type { FindMessages } from '../adapters/message-table.ts';
import { streamDueMessage } from '../adapters/stream-due-message.ts';
import { streamMessage } from '../adapters/stream-message.ts';
import type { InsertedMessage } from '../domain/fan-out.ts';

export type Readable = { readonly record: DynamoDBRecord; readonly inserted: InsertedMessage };
export type Unreadable = { readonly record: DynamoDBRecord; readonly reason: string };
type Records = { readonly messages: readonly Readable[]; readonly unreadable: readonly Unreadable[] };

/**
 * The messages that a batch of the stream wants fanned out: those that were inserted, and those whose due item was
 * removed, which are read as they are now. The insert of a message that is to be delivered later wants nothing, however
 * late it is read: whether the message was called off, only the removal can tell.
 */
export const readRecords = async (records: readonly DynamoDBRecord[], find: FindMessages): Promise<Records> => {
  const messages: Readable[] = [];
  const unreadable: Unreadable[] = [];
  for (const record of records.filter((one) => !isRemoval(one))) {
    const inserted = streamMessage(record);
    if (!inserted.ok) unreadable.push({ record, reason: inserted.error });
    else if (inserted.value.message.deliverAt === undefined) messages.push({ record, inserted: inserted.value });
  }
  const due = await readDue(records.filter(isRemoval), find);
  return { messages: [...messages, ...due.messages], unreadable: [...unreadable, ...due.unreadable] };
};

const isRemoval = ({ eventName }: DynamoDBRecord): boolean => eventName === 'REMOVE';

const readDue = async (records: readonly DynamoDBRecord[], find: FindMessages): Promise<Records> => {
  const messages: Readable[] = [];
  const unreadable: Unreadable[] = [];
  const named = records.map((record) => ({ record, ref: streamDueMessage(record) }));
  const stored = await find(named.flatMap(({ ref }) => (ref.ok ? [ref.value] : [])));
  let next = 0;
  for (const { record, ref } of named) {
    if (!ref.ok) {
      unreadable.push({ record, reason: ref.error });
      continue;
    }
    const item = stored[next++];
    if (item === undefined) continue; // its time was over: nothing is left to be sent
    const message = messageRecord.safeParse(item);
    if (message.success) messages.push({ record, inserted: { ref: ref.value, message: message.data, isDue: true } });
    else unreadable.push({ record, reason: message.error.issues.map(({ path }) => path.join('.')).join('; ') });
  }
  return { messages, unreadable };
};
