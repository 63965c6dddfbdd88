import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { logEntryItem, logNumbers } from '@fanfare/core/aws/ordered-log';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import { type MessageRecord, messageRecord, type Place } from '@fanfare/events/message-record';
import * as z from 'zod/mini';
import type { PlacePorts } from '../domain/take-place.ts';

const BACK_OFF: BackOff = { attempts: 5, baseMs: 25, capMs: 500 };
const marked = z.pick(messageRecord, { order: true });

/** Places of messages in the logs of their ordering keys. */
export const placeTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  waiting: Waiting,
): PlacePorts => ({
  ...logNumbers(client, tableName, now),

  place: async (ref, message, order) => {
    for (let repeat = 1; ; repeat += 1) {
      try {
        await client.send(transaction(tableName, ref, message, order, now()));
        return order;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const [mark, entry] = error.CancellationReasons ?? [];
        if (mark?.Code === 'ConditionalCheckFailed') {
          return (mark.Item && marked.parse(unmarshall(mark.Item)).order) ?? 'gone';
        }
        if (entry?.Code === 'ConditionalCheckFailed') return 'number-closed';
        // Another batch is at the same message at this moment: who was first will be known at once.
        const inConflict = [mark, entry].some((reason) => reason?.Code === 'TransactionConflict');
        if (!inConflict || repeat > BACK_OFF.attempts) throw error;
        await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      }
    }
  },
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
