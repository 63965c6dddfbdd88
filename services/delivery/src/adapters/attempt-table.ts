import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { attemptItem } from '../domain/attempt.ts';
import type { DeliverPorts } from '../domain/deliver.ts';

/** Records attempts. The first record of an attempt stands, whoever writes it. */
export const attemptTable =
  (client: DynamoDBDocumentClient, tableName: string): DeliverPorts['record'] =>
  async (task, record) => {
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: attemptItem(task, record),
          ConditionExpression: 'attribute_not_exists(PK)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return record;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      return attemptRecord.parse(unmarshall(error.Item));
    }
  };
