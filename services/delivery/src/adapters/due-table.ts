import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { dueCursorKey, duePartition, dueSortKeyPrefix, type Key } from '@fanfare/core/keys';
import { type DueTask, dueCursor, dueItem } from '@fanfare/events/due-item';
import type { DueEntry, SweepPorts } from '../domain/sweep.ts';

/** Items of a page: what a run holds in memory at a time, of each shard. An item may have the size of a task. */
export const PAGE_SIZE = 200;

type DueTable = Pick<SweepPorts, 'readCursor' | 'advanceCursor' | 'readPage' | 'remove'>;

/** What is due, and how far each shard was swept. */
export const dueTable = (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): DueTable => ({
  readCursor: async (shard) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: dueCursorKey(shard), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : dueCursor.parse(Item).bucket;
  },

  advanceCursor: async (shard, bucket) => {
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: dueCursorKey(shard),
          UpdateExpression: 'SET #bucket = :bucket, kind = :kind',
          ConditionExpression: 'attribute_not_exists(PK) OR #bucket < :bucket',
          ExpressionAttributeNames: { '#bucket': 'bucket' },
          ExpressionAttributeValues: { ':bucket': bucket, ':kind': 'due-cursor' },
        }),
      );
    } catch (error) {
      // Another run got as far, or further.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },

  readPage: async (shard, bucket, until, after) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'PK = :pk AND SK < :until',
        ExpressionAttributeValues: { ':pk': duePartition(bucket, shard), ':until': dueSortKeyPrefix(until + 1) },
        ConsistentRead: true,
        Limit: PAGE_SIZE,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    const entries = Items.map(entryOf);
    return LastEvaluatedKey === undefined ? { entries } : { entries, after: LastEvaluatedKey as Key };
  },

  remove: async (keys) => {
    const deletes = keys.map(({ PK, SK }) => ({ DeleteRequest: { Key: { PK, SK } } }));
    await batchWrite(client, tableName, deletes, waiting);
  },
});

/** A due item as it is stored, read. */
export const entryOf = (stored: Record<string, unknown>): DueEntry => {
  const key = { PK: String(stored.PK), SK: String(stored.SK) };
  const entry = { key, dueAt: Number(key.SK.split('#')[0]) };
  const item = dueItem.safeParse(stored);
  if (!item.success) return entry;
  // The task as it was stored, with fields that a later version may have given it.
  return {
    ...entry,
    item: item.data.what === 'task' ? { ...item.data, task: stored.task as DueTask['task'] } : item.data,
  };
};
