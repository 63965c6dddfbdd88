import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { logEntryItem, logNumbers } from '@fanfare/core/aws/ordered-log';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { dueKey, eventIdKey, idempotencyKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from '../domain/accept.ts';
import { dueMessageOf } from '../domain/due-message.ts';

/** An item whose time is over counts as absent, whether the table has deleted it yet or not. */
const ABSENT_OR_EXPIRED = 'attribute_not_exists(PK) OR expiresAt < :now';
const BACK_OFF: BackOff = { attempts: 5, baseMs: 25, capMs: 500 };

type Saved = Awaited<ReturnType<AcceptPorts['save']>>;

/** Idempotency claims, messages and their places in logs. Every write is conditional, so each can be repeated. */
export const messageTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  waiting: Waiting,
): Pick<AcceptPorts, 'claim' | 'isSaved' | 'save' | 'takeNumber' | 'closeNumber'> => {
  const saveTogether = async (ref: MessageRef, record: MessageRecord): Promise<Saved> => {
    const puts = putsOf(ref, record, now());
    for (let repeat = 1; ; repeat += 1) {
      const cancelled = await write(client, transaction(tableName, puts, Math.floor(now() / 1000)));
      if (cancelled === undefined) return 'saved';
      const reasons = cancelled.CancellationReasons ?? [];
      const refused = puts.findIndex((_, index) => reasons[index]?.Code === 'ConditionalCheckFailed');
      const owner = reasons[refused]?.Item;
      if (owner !== undefined && puts[refused]?.kind === 'event-id') {
        return unmarshall(owner).messageId === ref.messageId ? 'already-saved' : 'event-id-taken';
      }
      if (puts[refused]?.kind === 'message') return 'already-saved';
      if (puts[refused]?.kind === 'log-entry') return 'number-closed';
      // Somebody else writes the same item at this moment: who of the two was first will be known at once.
      const inConflict = reasons.some(({ Code }) => Code === 'TransactionConflict');
      if (!inConflict || repeat > BACK_OFF.attempts) throw cancelled;
      await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    }
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
