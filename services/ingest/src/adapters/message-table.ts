import { type CancellationReason, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { logEntryItem, logNumbers } from '@fanfare/core/aws/ordered-log';
import { transactPatiently } from '@fanfare/core/aws/patient-transaction';
import { dueKey, eventIdKey, idempotencyKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from '../domain/accept.ts';
import type { AcceptManyPorts } from '../domain/accept-many.ts';
import { dueMessageOf } from '../domain/due-message.ts';

/** An item whose time is over counts as absent, whether the table has deleted it yet or not. */
const ABSENT_OR_EXPIRED = 'attribute_not_exists(PK) OR expiresAt < :now';

type Saved = Awaited<ReturnType<AcceptPorts['save']>>;

/** Idempotency claims, messages and their places in logs. Every write is conditional, so each can be repeated. */
export const messageTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  waiting: Waiting,
): Pick<AcceptPorts & AcceptManyPorts, 'claim' | 'isSaved' | 'save' | 'takeNumber' | 'takeNumbers' | 'closeNumber'> => {
  const saveTogether = (ref: MessageRef, record: MessageRecord): Promise<Saved> => {
    const puts = putsOf(ref, record, now());
    const refused = (reasons: readonly CancellationReason[]): Saved | undefined => {
      const index = puts.findIndex((_, at) => reasons[at]?.Code === 'ConditionalCheckFailed');
      const owner = reasons[index]?.Item;
      if (owner !== undefined && puts[index]?.kind === 'event-id') {
        return unmarshall(owner).messageId === ref.messageId ? 'already-saved' : 'event-id-taken';
      }
      if (puts[index]?.kind === 'message') return 'already-saved';
      return puts[index]?.kind === 'log-entry' ? 'number-closed' : undefined;
    };
    const command = () => transaction(tableName, puts, Math.floor(now() / 1000));
    return transactPatiently<Saved>(client, { command, written: 'saved', refused }, waiting);
  };

  return {
    ...logNumbers(client, tableName, now),

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

    isSaved: async (ref) => {
      const { Item } = await client.send(
        new GetCommand({
          TableName: tableName,
          Key: messageKey(ref),
          ConsistentRead: true,
          ProjectionExpression: 'PK',
        }),
      );
      return Item !== undefined;
    },

    save: async (ref, record) => {
      const { eventId, dueAt, order } = record;
      if (eventId !== undefined || dueAt !== undefined || order !== undefined) return saveTogether(ref, record);
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

/**
 * The message with what is written if it is, and only then: what owns its event id, its place in a log, and what makes it
 * due. What stands first says what happened when several are refused.
 */
const putsOf = (ref: MessageRef, record: MessageRecord, nowMs: number) => {
  const { messageId } = ref;
  const { eventId, dueAt, order, expiresAt } = record;
  const due = dueAt === undefined ? undefined : dueMessageOf(ref, dueAt);
  return [
    ...(eventId === undefined
      ? []
      : [{ ...eventIdKey(ref, eventId), kind: 'event-id' as const, messageId, expiresAt }]),
    { ...messageKey(ref), ...record },
    ...(order === undefined ? [] : [logEntryItem(ref, order, record, nowMs)]),
    ...(due === undefined ? [] : [{ ...dueKey({ dueAt: due.dueAt, what: due.what, id: dueId(due) }), ...due }]),
  ];
};

type Puts = ReturnType<typeof putsOf>;

const transaction = (TableName: string, puts: Puts, nowSeconds: number): TransactWriteCommand =>
  new TransactWriteCommand({
    TransactItems: puts.map((Item) => ({
      Put:
        Item.kind === 'event-id'
          ? {
              TableName,
              Item,
              ConditionExpression: ABSENT_OR_EXPIRED,
              ExpressionAttributeValues: { ':now': nowSeconds },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }
          : { TableName, Item, ...(Item.kind !== 'due' && { ConditionExpression: 'attribute_not_exists(PK)' }) },
    })),
  });
