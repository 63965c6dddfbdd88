import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { queryIdOrdered } from '@fanfare/core/aws/id-ordered-query';
import { isId } from '@fanfare/core/ids';
import {
  type ApplicationRef,
  eventIdKey,
  type Key,
  MESSAGE_SHARDS,
  messageKey,
  messagesPartition,
} from '@fanfare/core/keys';
import { merge } from '@fanfare/core/span';
import { isUid } from '@fanfare/core/uid';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { HistoryPorts, Message } from '../domain/history.ts';

/** Messages as they stand in the table, read strongly. */
export const messageReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<HistoryPorts, 'findMessage' | 'readMessages' | 'messagesByIds'> => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const messageIdOf = async (application: ApplicationRef, idOrEventId: string): Promise<string | undefined> => {
    if (isId('msg', idOrEventId)) return idOrEventId;
    if (!isUid('msg', idOrEventId)) return undefined;
    return (await get(eventIdKey(application, idOrEventId)))?.messageId as string | undefined;
  };

  return {
    findMessage: async (application, idOrEventId) => {
      const messageId = await messageIdOf(application, idOrEventId);
      const item = messageId && (await get(messageKey({ ...application, messageId })));
      return item ? messageOf(item) : undefined;
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
