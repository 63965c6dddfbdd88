import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { queryIdOrdered } from '@fanfare/core/aws/id-ordered-query';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { type Key, MESSAGE_SHARDS, messageKey, messagesPartition } from '@fanfare/core/keys';
import { merge } from '@fanfare/core/span';
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

    readMessages: async (application, span) => {
      const shards = MESSAGE_SHARDS.map(async (shard) => {
        const partition = messagesPartition(application, shard);
        const of = { tableName, partitionName: 'PK', partition, sortName: 'SK', idPrefix: 'msg' } as const;
        const { items, more } = await queryIdOrdered(client, of, span);
        return { items: items.map(messageOf), more };
      });
      return merge(await Promise.all(shards), span);
    },

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
