import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { RECONCILE_CURSOR_KEY, recheckKey } from '@fanfare/core/keys';
import * as z from 'zod/mini';
import type { ReconcilePorts } from '../domain/reconcile.ts';

const cursor = z.object({
  fromMs: z.number(),
  toMs: z.optional(z.number()),
  position: z.optional(
    z.object({
      shard: z.number(),
      phase: z.enum(['messages', 'rechecks']),
      mark: z.optional(z.string()),
      after: z.optional(z.string()),
    }),
  ),
  revision: z.number(),
});

/** What the reconciler remembers from one run to the next. */
export const reconcileTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<ReconcilePorts, 'readCursor' | 'saveCursor' | 'recheck'> => ({
  readCursor: async () => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: RECONCILE_CURSOR_KEY, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : cursor.parse(Item);
  },

  saveCursor: async (next) => {
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...RECONCILE_CURSOR_KEY, kind: 'reconcile-cursor', ...next },
          ConditionExpression: 'attribute_not_exists(PK) OR revision = :before',
          ExpressionAttributeValues: { ':before': next.revision - 1 },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },

  recheck: async (rechecks) => {
    const items = new Map(
      rechecks.map(({ ref, atMs, timesMissing, expiresAt }) => {
        const key = recheckKey(ref, atMs);
        return [`${key.PK} ${key.SK}`, { ...key, kind: 'recheck', timesMissing, expiresAt }];
      }),
    );
    const writes = [...items.values()].map((Item) => ({ PutRequest: { Item } }));
    await batchWrite(client, tableName, writes, waiting);
  },
});
