import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { dueKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { CancelPorts } from '../domain/cancel.ts';
import { dueMessageOf } from '../domain/due-message.ts';

const BACK_OFF: BackOff = { attempts: 5, baseMs: 25, capMs: 500 };

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

    cancel: async (ref, dueAt, nowMs) => {
      for (let repeat = 1; ; repeat += 1) {
        try {
          await client.send(transaction(tableName, ref, dueAt, nowMs));
          return 'cancelled';
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error;
          const [message, due] = error.CancellationReasons ?? [];
          if (message?.Code === 'ConditionalCheckFailed') return 'cancelled'; // by somebody else
          if (due?.Code === 'ConditionalCheckFailed') return 'started';
          // The sweep, or another call, is at it at this moment: who was first will be known at once.
          const inConflict = [message, due].some((reason) => reason?.Code === 'TransactionConflict');
          if (!inConflict || repeat > BACK_OFF.attempts) throw error;
          await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
        }
      }
    },
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
