import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { eventIdKey, idempotencyKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from '../domain/accept.ts';

/** An item whose time is over counts as absent, whether the table has deleted it yet or not. */
const ABSENT_OR_EXPIRED = 'attribute_not_exists(PK) OR expiresAt < :now';

/** Idempotency claims and messages. Every write is conditional, so each can be repeated. */
export const messageTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): Pick<AcceptPorts, 'claim' | 'save'> => ({
  claim: async (orgId, keyHash, claim, expiresAt) => {
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...idempotencyKey(orgId, keyHash), kind: 'idempotency', ...claim, expiresAt },
          ConditionExpression: ABSENT_OR_EXPIRED,
          ExpressionAttributeValues: { ':now': Math.floor(now() / 1000) },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return claim;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException && error.Item) return unmarshall(error.Item) as Claim;
      throw error;
    }
  },

  save: async (ref, record) => {
    if (record.eventId !== undefined) return saveWithEventId(client, tableName, ref, record, record.eventId, now);
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...messageKey(ref), ...record },
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      );
      return 'saved';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'already-saved';
      throw error;
    }
  },
});

/** The message and the item that keeps its event id from being used again, both or neither. */
const saveWithEventId = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  ref: MessageRef,
  record: MessageRecord,
  eventId: string,
  now: () => number,
): Promise<'saved' | 'already-saved' | 'event-id-taken'> => {
  const { messageId } = ref;
  const owner = { ...eventIdKey(ref, eventId), kind: 'event-id', messageId, expiresAt: record.expiresAt };
  try {
    await client.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: tableName,
              Item: owner,
              ConditionExpression: ABSENT_OR_EXPIRED,
              ExpressionAttributeValues: { ':now': Math.floor(now() / 1000) },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          {
            Put: {
              TableName: tableName,
              Item: { ...messageKey(ref), ...record },
              ConditionExpression: 'attribute_not_exists(PK)',
            },
          },
        ],
      }),
    );
    return 'saved';
  } catch (error) {
    const taken = error instanceof TransactionCanceledException ? error.CancellationReasons?.[0] : undefined;
    if (taken?.Code !== 'ConditionalCheckFailed' || taken.Item === undefined) throw error;
    return unmarshall(taken.Item).messageId === messageId ? 'already-saved' : 'event-id-taken';
  }
};
