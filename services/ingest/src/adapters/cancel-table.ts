import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { transactPatiently } from '@fanfare/core/aws/patient-transaction';
import { dueKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { CancelPorts } from '../domain/cancel.ts';
import { dueMessageOf } from '../domain/due-message.ts';

/** Messages that wait for their time. */
export const cancelTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<CancelPorts, 'findScheduled' | 'cancel'> => {
  const find = messageFinder(client, tableName);

  return {
    findScheduled: async (application, idOrEventId) => {
      const found = await find(application, idOrEventId);
      return found && { messageId: found.ref.messageId, ...(found.item as MessageRecord) };
    },

    cancel: (ref, dueAt, nowMs) =>
      transactPatiently<'cancelled' | 'started'>(
        client,
        {
          command: () => transaction(tableName, ref, dueAt, nowMs),
          written: 'cancelled',
          refused: ([message, due]) => {
            if (message?.Code === 'ConditionalCheckFailed') return 'cancelled'; // by somebody else
            return due?.Code === 'ConditionalCheckFailed' ? 'started' : undefined;
          },
        },
        waiting,
      ),
  };
};

/** The removal tells fan-out that the message is due; what it then reads is that it was called off. */
const transaction = (TableName: string, ref: MessageRef, dueAt: number, nowMs: number): TransactWriteCommand => {
  const due = dueMessageOf(ref, dueAt);
  return new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: messageKey(ref),
          UpdateExpression: 'SET cancelledAt = :now',
          ConditionExpression: 'attribute_not_exists(cancelledAt)',
          ExpressionAttributeValues: { ':now': nowMs },
        },
      },
      {
        Delete: {
          TableName,
          Key: dueKey({ dueAt, what: due.what, id: dueId(due) }),
          ConditionExpression: 'attribute_exists(PK)',
        },
      },
    ],
  });
};
