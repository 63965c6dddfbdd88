import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { eventIdKey, idempotencyKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from '../domain/accept.ts';

/** An item whose time is over counts as absent, whether the table has deleted it yet or not. */
const ABSENT_OR_EXPIRED = 'attribute_not_exists(PK) OR expiresAt < :now';
const BACK_OFF: BackOff = { attempts: 5, baseMs: 25, capMs: 500 };

type Saved = Awaited<ReturnType<AcceptPorts['save']>>;

/** Idempotency claims and messages. Every write is conditional, so each can be repeated. */
export const messageTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  waiting: Waiting,
): Pick<AcceptPorts, 'claim' | 'save'> => {
  const saveWithEventId = async (ref: MessageRef, record: MessageRecord, eventId: string): Promise<Saved> => {
    const nowSeconds = Math.floor(now() / 1000);
    for (let repeat = 1; ; repeat += 1) {
      const cancelled = await write(client, transaction(tableName, ref, record, eventId, nowSeconds));
      if (cancelled === undefined) return 'saved';
      const [taken] = cancelled.CancellationReasons ?? [];
      if (taken?.Code === 'ConditionalCheckFailed' && taken.Item !== undefined) {
        return unmarshall(taken.Item).messageId === ref.messageId ? 'already-saved' : 'event-id-taken';
      }
      // Somebody else writes the same event id at this moment: who of the two was first will be known at once.
      const inConflict = cancelled.CancellationReasons?.some(({ Code }) => Code === 'TransactionConflict');
      if (inConflict !== true || repeat > BACK_OFF.attempts) throw cancelled;
      await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    }
  };

  return {
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
        if (error instanceof ConditionalCheckFailedException && error.Item) return claimOf(unmarshall(error.Item));
        throw error;
      }
    },

    save: async (ref, record) => {
      if (record.eventId !== undefined) return saveWithEventId(ref, record, record.eventId);
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
  };
};

const claimOf = ({ messageId, acceptedAt, fingerprint }: Record<string, unknown>): Claim =>
  ({ messageId, acceptedAt, fingerprint }) as Claim;

/** The message and the item that keeps its event id from being used again, both or neither. */
const transaction = (
  tableName: string,
  ref: MessageRef,
  record: MessageRecord,
  eventId: string,
  nowSeconds: number,
): TransactWriteCommand => {
  const { messageId } = ref;
  const owner = { ...eventIdKey(ref, eventId), kind: 'event-id', messageId, expiresAt: record.expiresAt };
  return new TransactWriteCommand({
    TransactItems: [
      {
        Put: {
          TableName: tableName,
          Item: owner,
          ConditionExpression: ABSENT_OR_EXPIRED,
          ExpressionAttributeValues: { ':now': nowSeconds },
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
  });
};

/** `undefined` when it was written, else why it was not. */
const write = async (
  client: DynamoDBDocumentClient,
  command: TransactWriteCommand,
): Promise<TransactionCanceledException | undefined> => {
  try {
    await client.send(command);
    return undefined;
  } catch (error) {
    if (error instanceof TransactionCanceledException) return error;
    throw error;
  }
};
