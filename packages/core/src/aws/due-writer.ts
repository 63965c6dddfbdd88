import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem } from '@fanfare/events/due-item';
import { storedDueAt } from '../due-time.ts';
import { dueKey } from '../keys.ts';

/**
 * Writes a due item under a key that is derived from it. Written twice it is there once, unless the sweep has sent the
 * first one on meanwhile; then it is sent twice, as every sender here may.
 */
export type KeepUntilDue = (item: DueItem) => Promise<'kept' | 'already-kept'>;

export const dueWriter =
  (client: DynamoDBDocumentClient, tableName: string, now: () => number): KeepUntilDue =>
  async (item) => {
    const dueAt = storedDueAt(item.dueAt, now());
    const key = dueKey({ dueAt, what: item.what, id: dueId(item) });
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...key, ...item, dueAt },
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      );
      return 'kept';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'already-kept';
      throw error;
    }
  };
