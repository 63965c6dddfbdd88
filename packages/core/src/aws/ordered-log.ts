import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Labels, labelsOf } from '@fanfare/events/labels';
import type { MessageRecord, Place } from '@fanfare/events/message-record';
import { LOG_SECONDS, type LogEntry, type LogHole } from '@fanfare/events/ordered-log';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { type Key, type LogRef, logKey, logNextKey, type MessageRef } from '../keys.ts';
import type { LogNumbers, TakeNumbers } from '../log-numbers.ts';

/** Numbers are an update that adds so many: of any number of them at once each gets its own. */
export const logNumbers = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): LogNumbers & { readonly takeNumbers: TakeNumbers } => ({
  takeNumber: (log) => firstTaken(client, tableName, log, 1, now()),

  takeNumbers: (log, count) => firstTaken(client, tableName, log, count, now()),

  closeNumber: async (log, number) => {
    const nowMs = now();
    const hole: LogHole = {
      kind: 'log-hole',
      number,
      closedAt: nowMs,
      expiresAt: Math.floor(nowMs / 1000) + RETENTION_SECONDS,
    };
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...logKey(log, number), ...hole },
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      );
      return 'closed';
    } catch (error) {
      const isTaken = error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException;
      if (!isTaken) throw error;
      return 'taken';
    }
  },
});

const firstTaken = async (
  client: DynamoDBDocumentClient,
  TableName: string,
  log: LogRef,
  count: number,
  nowMs: number,
): Promise<number> => {
  const { Attributes } = await client.send(
    new UpdateCommand({
      TableName,
      Key: logNextKey(log),
      UpdateExpression: 'SET kind = :kind, expiresAt = :expiresAt ADD taken :count',
      ExpressionAttributeValues: {
        ':kind': 'log-next',
        ':expiresAt': Math.floor(nowMs / 1000) + LOG_SECONDS,
        ':count': count,
      },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.taken) - count + 1;
};

/** What of a message stands in its log too. `appVersion` is the one whose endpoints it is for. */
export type Logged = Labels & Pick<MessageRecord, 'appVersion' | 'correlationId' | 'expiresAt'>;

/**
 * A message's place as it stands in the log, from `nowMs` on. It is written in the transaction that writes the message or
 * marks it, and under the condition that nothing stands there: somebody may have closed the number meanwhile.
 */
export const logEntryItem = (
  { messageId, ...ref }: MessageRef,
  { key, number }: Place,
  { appVersion, correlationId, expiresAt, ...message }: Logged,
  nowMs: number,
): Key & LogEntry => ({
  ...logKey({ ...ref, orderingKey: key }, number),
  kind: 'log-entry',
  number,
  messageId,
  ...labelsOf(message),
  appVersion,
  acceptedAt: nowMs,
  correlationId,
  expiresAt,
});
