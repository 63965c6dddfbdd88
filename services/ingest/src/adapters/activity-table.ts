import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { activityKey } from '@fanfare/core/keys';
import type { WriteMark } from '../domain/activity.ts';

/** Writes marks of activity. One that stands is not replaced, as it may tell of a late message, but by a later such one. */
export const activityTable =
  (client: DynamoDBDocumentClient, tableName: string): WriteMark =>
  async (ref, record) => {
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...activityKey(ref), ...record },
          ...(record.lateAt === undefined
            ? { ConditionExpression: 'attribute_not_exists(PK)' }
            : {
                ConditionExpression: 'attribute_not_exists(lateAt) OR lateAt < :at',
                ExpressionAttributeValues: { ':at': record.lateAt },
              }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
