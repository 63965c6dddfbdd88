import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { logNumbers } from '@fanfare/core/aws/ordered-log';
import { isExpired } from '@fanfare/core/expiry';
import { cursorKey, cursorsPartition, endpointKey, logNumber, logPartition, versionKey } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { type OrderedCursor, orderedCursor } from '@fanfare/events/ordered-cursor';
import { logItem } from '@fanfare/events/ordered-log';
import * as z from 'zod/mini';
import type { OrderedState } from '../domain/ordered/hold.ts';
import type { LookPorts } from '../domain/ordered/look-at-log.ts';
import type { WakeCursorsPorts } from '../domain/ordered/wake-cursors.ts';

type OrderedTable = Pick<LookPorts, 'readState' | 'moveCursor' | 'readLog' | 'readLogBack' | 'closeNumber'> &
  Pick<WakeCursorsPorts, 'readCursors'>;

type Config = {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly waiting: Waiting;
  readonly now: () => number;
};

/** Items of a log that are read together: what a worker gets done in one run, if the endpoint answers at once. */
export const LOG_PAGE_SIZE = 25;
const BACK_PAGE_SIZE = 500;
const CURSOR_PAGE_SIZE = 500;
const FIRST_NUMBER = logNumber(1);
const LAST_NUMBER = '9'.repeat(FIRST_NUMBER.length);

/** Logs, and how far ordered endpoints have come in them. */
export const orderedTable = ({ client, tableName, waiting, now }: Config): OrderedTable => {
  const query = async (given: {
    readonly partition: string;
    readonly from: string;
    readonly to: string;
    readonly limit: number;
    readonly isBackward?: boolean;
  }) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'PK = :pk AND SK BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': given.partition, ':from': given.from, ':to': given.to },
        ConsistentRead: true,
        Limit: given.limit,
        ...(given.isBackward === true ? { ScanIndexForward: false } : {}),
      }),
    );
    return { items: Items, isLast: LastEvaluatedKey === undefined };
  };

  return {
    readState: async (ref) => {
      const keys = [endpointKey(ref), versionKey(ref), cursorKey(ref)];
      const items = await batchGet(client, tableName, keys, waiting);
      const state = stateOf((kind) => items.find((item) => item.kind === kind));
      return state.cursor !== undefined && isExpired(state.cursor, now()) ? { ...state, cursor: undefined } : state;
    },

    moveCursor: async (ref, seen, to) => {
      try {
        await client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...cursorKey(ref), ...to },
            ...asSeen(seen, now()),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return isSame(error.Item, to);
      }
    },

    readLog: async (log, from) => {
      const range = { partition: logPartition(log), from: logNumber(from), to: LAST_NUMBER };
      const { items, isLast } = await query({ ...range, limit: LOG_PAGE_SIZE });
      return { items: items.map((item) => logItem.parse(item)), isLast };
    },

    readLogBack: async (log, from) => {
      const range = { partition: logPartition(log), from: FIRST_NUMBER, to: logNumber(from) };
      const { items, isLast } = await query({ ...range, limit: BACK_PAGE_SIZE, isBackward: true });
      return { items: items.map((item) => logItem.parse(item)), isLast };
    },

    closeNumber: logNumbers(client, tableName, now).closeNumber,

    readCursors: async (ref, after) => {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'PK = :pk',
          ExpressionAttributeValues: { ':pk': cursorsPartition(ref) },
          ConsistentRead: true,
          Limit: CURSOR_PAGE_SIZE,
          ...(after === undefined ? {} : { ExclusiveStartKey: cursorKey({ ...ref, orderingKey: after }) }),
        }),
      );
      const cursors = Items.map((item) => orderedCursor.parse(item));
      const last = cursors.at(-1)?.orderingKey;
      return LastEvaluatedKey === undefined || last === undefined ? { cursors } : { cursors, after: last };
    },
  };
};

const state = z.object({
  application: z.optional(versionRecord),
  endpoint: z.optional(endpointRecord),
  cursor: z.optional(orderedCursor),
});

const stateOf = (find: (kind: string) => unknown): OrderedState =>
  state.parse({
    application: find('application-version'),
    endpoint: find('endpoint'),
    cursor: find('ordered-cursor'),
  });

/** A lease has an id of its own each time, so that nobody writes over the work of somebody else. */
const asSeen = (seen: OrderedCursor | undefined, nowMs: number) => {
  if (seen === undefined) {
    return {
      ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now',
      ExpressionAttributeValues: { ':now': Math.floor(nowMs / 1000) },
    };
  }
  const { next, attempt, leaseId } = seen;
  const lease = leaseId === undefined ? 'attribute_not_exists(leaseId)' : 'leaseId = :leaseId';
  return {
    ConditionExpression: `#next = :next AND attempt = :attempt AND ${lease}`,
    ExpressionAttributeNames: { '#next': 'next' },
    ExpressionAttributeValues: {
      ':next': next,
      ':attempt': attempt,
      ...(leaseId === undefined ? {} : { ':leaseId': leaseId }),
    },
  };
};

/**
 * A call that took effect and was answered with an error is made again by the SDK, and finds what it has written. A lease has
 * an id of its own, so what is the same is ours, or as good as that.
 */
const isSame = (standing: Record<string, AttributeValue> | undefined, to: OrderedCursor): boolean => {
  if (standing === undefined) return false;
  const { next, attempt, leaseId, blockedUntil, blockedBy } = unmarshall(standing);
  return (
    next === to.next &&
    attempt === to.attempt &&
    leaseId === to.leaseId &&
    blockedUntil === to.blockedUntil &&
    blockedBy === to.blockedBy
  );
};
