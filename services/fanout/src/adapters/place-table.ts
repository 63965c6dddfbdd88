import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { logEntryItem, logNumbers } from '@fanfare/core/aws/ordered-log';
import { transactPatiently } from '@fanfare/core/aws/patient-transaction';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import { type MessageRecord, messageFields, type Place } from '@fanfare/events/message-record';
import * as z from 'zod/mini';
import type { PlacePorts } from '../domain/take-place.ts';

const marked = z.pick(messageFields, { order: true });

/** Places of messages in the logs of their ordering keys. */
export const placeTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  waiting: Waiting,
): PlacePorts => ({
  ...logNumbers(client, tableName, now),

  place: (ref, message, order) =>
    transactPatiently<Place | 'gone' | 'number-closed'>(
      client,
      {
        command: () => transaction(tableName, ref, message, order, now()),
        written: order,
        refused: ([mark, entry]) => {
          if (mark?.Code === 'ConditionalCheckFailed') {
            return (mark.Item && marked.parse(unmarshall(mark.Item)).order) ?? 'gone';
          }
          return entry?.Code === 'ConditionalCheckFailed' ? 'number-closed' : undefined;
        },
      },
      waiting,
    ),
});

const transaction = (
  TableName: string,
  ref: MessageRef,
  message: MessageRecord,
  order: Place,
  nowMs: number,
): TransactWriteCommand =>
  new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: messageKey(ref),
          UpdateExpression: 'SET #order = :order',
          ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(#order)',
          ExpressionAttributeNames: { '#order': 'order' },
          ExpressionAttributeValues: { ':order': order },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      {
        Put: {
          TableName,
          Item: logEntryItem(ref, order, message, nowMs),
          ConditionExpression: 'attribute_not_exists(PK)',
        },
      },
    ],
  });
