import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { isExpired } from '@fanfare/core/expiry';
import { attemptsPartition, cursorKey, messageKey, parkedTaskKey } from '@fanfare/core/keys';
import { messageRecord } from '@fanfare/events/message-record';
import { orderedCursor } from '@fanfare/events/ordered-cursor';
import * as z from 'zod/mini';
import type { AccountPorts } from '../domain/account-for.ts';
import type { LastAttempt } from '../domain/accounted.ts';
import { UnreadableMessage } from '../domain/refan.ts';

/** `<endpoint>#<number>`. What was sent by hand has keys of another form, and stands for no automatic attempt. */
const AUTOMATIC = /^([^#]+)#(\d{3})$/;

const cursorSeen = z.pick(orderedCursor, { next: true, blockedUntil: true, leaseUntil: true, expiresAt: true });

/** Reads what stands for the deliveries of a message. */
export const accountTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): Pick<AccountPorts, 'lastAttempts' | 'wholeMessage' | 'isParked' | 'logCursor'> => ({
  lastAttempts: async (ref, reading) => {
    const last = new Map<string, LastAttempt>();
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: 'PK = :partition',
        ExpressionAttributeValues: { ':partition': attemptsPartition(ref) },
        ProjectionExpression: 'SK, nextAttemptAt',
        ConsistentRead: reading === 'strong',
      },
    );
    for await (const { Items = [] } of pages) {
      for (const { SK, nextAttemptAt } of Items) {
        const [, endpointId, number] = AUTOMATIC.exec(String(SK)) ?? [];
        if (endpointId === undefined) continue;
        // In the order of numbers, so the last one stays.
        last.set(endpointId, {
          endpointId,
          attempt: Number(number),
          ...(typeof nextAttemptAt === 'number' ? { nextAttemptAt } : {}),
        });
      }
    }
    return [...last.values()];
  },

  isParked: async (ref) => {
    const { Item } = await client.send(
      new GetCommand({
        TableName: tableName,
        Key: parkedTaskKey(ref),
        ConsistentRead: true,
        ProjectionExpression: 'PK',
      }),
    );
    return Item !== undefined;
  },

  logCursor: async (ref) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: cursorKey(ref), ConsistentRead: true }),
    );
    const cursor = Item && cursorSeen.parse(Item);
    return cursor === undefined || isExpired(cursor, now()) ? undefined : cursor;
  },

  wholeMessage: async (ref) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: messageKey(ref), ConsistentRead: true }),
    );
    if (Item === undefined) return undefined;
    const message = messageRecord.safeParse(Item);
    if (message.success) return message.data;
    throw new UnreadableMessage(
      message.error.issues.map(({ path, message: why }) => `${path.join('.')}: ${why}`).join('; '),
    );
  },
});
