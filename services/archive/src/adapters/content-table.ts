import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, paginateQuery, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { transactPatiently } from '@fanfare/core/aws/patient-transaction';
import {
  attemptKey,
  attemptsPartition,
  type Key,
  type MessageRef,
  messageKey,
  parseAttemptKey,
  versionKey,
} from '@fanfare/core/keys';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { ExpungePorts } from '../domain/expunge.ts';

/** What an attempt shows in place of the answer that was taken away, as the Svix API does. */
export const EXPUNGED_RESPONSE = 'EXPUNGED';

/** What messages and attempts hold of their owners' content. */
export const contentTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<ExpungePorts, 'findMessage' | 'findAttempt' | 'expungeMessage' | 'expungeAttempt'> => {
  const find = messageFinder(client, tableName);

  return {
    findMessage: async (application, idOrEventId) => {
      const found = await find(application, idOrEventId);
      if (found === undefined) return undefined;
      const { expiresAt, expungedAt } = found.item as MessageRecord;
      return { ref: found.ref, expiresAt, expungedAt };
    },

    findAttempt: async (message, attemptId) => {
      const pages = paginateQuery({ client }, attemptsQuery(tableName, message));
      for await (const { Items = [] } of pages) {
        const item = (Items as (AttemptRecord & Key)[]).find(({ id }) => id === attemptId);
        const ref = item && parseAttemptKey(item);
        if (ref !== undefined) return { ref, expiresAt: item?.expiresAt ?? 0, expungedAt: item?.expungedAt };
      }
      return undefined;
    },

    expungeMessage: (ref, nowMs) =>
      transactPatiently<'expunged' | 'expunged-before'>(
        client,
        {
          command: () => messageTransaction(tableName, ref, nowMs),
          written: 'expunged',
          // By another call, at the same time.
          refused: ([message]) => (message?.Code === 'ConditionalCheckFailed' ? 'expunged-before' : undefined),
        },
        waiting,
      ),

    expungeAttempt: async (ref, nowMs) => {
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: attemptKey(ref),
            UpdateExpression: 'SET #response = :none, expungedAt = :now',
            ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(expungedAt)',
            ExpressionAttributeNames: { '#response': 'response' },
            ExpressionAttributeValues: { ':none': EXPUNGED_RESPONSE, ':now': nowMs },
          }),
        );
        return 'expunged';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'expunged-before';
        throw error;
      }
    },
  };
};

const attemptsQuery = (TableName: string, message: MessageRef) => ({
  TableName,
  KeyConditionExpression: 'PK = :pk',
  ExpressionAttributeValues: { ':pk': attemptsPartition(message) },
  ConsistentRead: true,
});

/**
 * Both or neither: a message without its payload whose application does not say so could still be sent by a task that carries
 * it. A payload that has expired is what every reader understands, those of the version before included.
 */
const messageTransaction = (TableName: string, ref: MessageRef, nowMs: number): TransactWriteCommand =>
  new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: messageKey(ref),
          UpdateExpression:
            'SET payload = :nothing, #encoding = :identity, payloadExpiresAt = :over, expungedAt = :now REMOVE payloadObject',
          ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(expungedAt)',
          ExpressionAttributeNames: { '#encoding': 'encoding' },
          ExpressionAttributeValues: {
            ':nothing': new Uint8Array(),
            ':identity': 'identity',
            ':over': 0,
            ':now': nowMs,
          },
        },
      },
      {
        Update: {
          TableName,
          Key: versionKey(ref),
          UpdateExpression: 'SET contentExpungedAt = :now',
          ConditionExpression: 'attribute_exists(PK)',
          ExpressionAttributeValues: { ':now': nowMs },
        },
      },
    ],
  });
