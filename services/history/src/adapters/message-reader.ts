import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { messagesInSpan } from '@fanfare/core/aws/id-ordered-lists';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { type Key, messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { HistoryPorts, Message } from '../domain/history.ts';

/** Messages as they stand in the table, read strongly. */
export const messageReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<HistoryPorts, 'findMessage' | 'readMessages' | 'messagesByIds'> => {
  const find = messageFinder(client, tableName);

  return {
    findMessage: async (application, idOrEventId) => {
      const found = await find(application, idOrEventId);
      return found && messageOf(found.item);
    },

    readMessages: (application, span) => messagesInSpan({ client, tableName }, application, span, messageOf),

    messagesByIds: async (application, ids) => {
      const keys = ids.map((messageId) => messageKey({ ...application, messageId }));
      return (await batchGet(client, tableName, keys, waiting)).map(messageOf);
    },
  };
};

const messageOf = (item: Record<string, unknown>): Message => {
  const { PK, SK, ...record } = item as MessageRecord & Key;
  return { ...record, id: SK };
};
