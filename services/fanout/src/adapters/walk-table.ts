import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { firstIdAt } from '@fanfare/core/ids';
import {
  activityPartition,
  hourOf,
  type Key,
  MESSAGE_SHARDS,
  type MessageRef,
  messageKey,
  messagesPartition,
  parseActivityKey,
  parseMessageKey,
  parseRecheckKey,
  recheckPartition,
  recheckTime,
} from '@fanfare/core/keys';
import { messageFields } from '@fanfare/events/message-record';
import * as z from 'zod/mini';
import type { FoundMessage } from '../domain/account-for.ts';
import type { WalkPorts } from '../domain/walk.ts';

const MARKS_PER_PAGE = 100;
const MESSAGES_PER_PAGE = 100;
/** Fewer, because these are read whole. */
const RECHECKS_PER_PAGE = 25;

/** Enough to tell who gets a message: the payload stays where it is. */
const addressed = z.pick(messageFields, {
  kind: true,
  eventType: true,
  channels: true,
  appVersion: true,
  acceptedAt: true,
  deliverAt: true,
  cancelledAt: true,
  restoredAt: true,
  order: true,
  expiresAt: true,
});
const ATTRIBUTES = ['PK', 'SK', ...Object.keys(addressed.shape)];
const NAMES = Object.fromEntries(ATTRIBUTES.map((attribute) => [`#${attribute}`, attribute]));

const counted = z.object({ timesMissing: z.number() });

/** Walks through what was accepted, page by page. Nothing here is so new that it would have to be read strongly. */
export const walkTable = (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): WalkPorts => {
  async function* pagesOf(query: Omit<QueryCommandInput, 'TableName'>) {
    for await (const { Items = [] } of paginateQuery({ client }, { TableName: tableName, ...query })) {
      if (Items.length > 0) yield Items as (Record<string, unknown> & Key)[];
    }
  }

  return {
    async *marks(hour, shard, from = ' ') {
      const pages = pagesOf({
        KeyConditionExpression: 'PK = :partition AND SK >= :from',
        ExpressionAttributeValues: { ':partition': activityPartition(hour, shard), ':from': from },
        Limit: MARKS_PER_PAGE,
      });
      for await (const items of pages) {
        for (const item of items) {
          const ref = parseActivityKey(item);
          const { lateAt } = item;
          if (ref === undefined) continue;
          yield { ...ref, sortKey: item.SK, ...(typeof lateAt === 'number' ? { lateAt } : {}) };
        }
      }
    },

    async *messages(ref, { fromMs, toMs }, after) {
      const [begunShard, done] = after?.split('#') ?? [];
      const shards = MESSAGE_SHARDS.filter((shard) => begunShard === undefined || shard >= begunShard);
      for (const shard of shards) {
        const pages = pagesOf({
          KeyConditionExpression: 'PK = :partition AND SK BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':partition': messagesPartition(ref, shard),
            ':from': shard === begunShard && done !== undefined ? done : firstIdAt('msg', fromMs),
            ':to': firstIdAt('msg', toMs), // no message has this id itself: its last fifteen bytes are random
          },
          ProjectionExpression: Object.keys(NAMES).join(', '),
          ExpressionAttributeNames: NAMES,
          Limit: MESSAGES_PER_PAGE,
        });
        for await (const items of pages) {
          yield {
            found: items.filter(({ SK }) => SK !== done).flatMap(foundIn),
            last: `${shard}#${items.at(-1)?.SK}`,
          };
        }
      }
    },

    async *rechecks({ fromMs, toMs }, shard, after) {
      const pages = pagesOf({
        KeyConditionExpression: 'PK = :partition AND SK BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':partition': recheckPartition(hourOf(fromMs), shard),
          ':from': after ?? recheckTime(fromMs),
          ':to': recheckTime(toMs), // shorter than any sort key of this time, so before all of them
        },
        Limit: RECHECKS_PER_PAGE,
      });
      for await (const items of pages) {
        yield { found: await messagesOf(items.filter(({ SK }) => SK !== after)), last: items.at(-1)?.SK ?? '' };
      }
    },
  };

  async function messagesOf(rechecks: readonly (Record<string, unknown> & Key)[]): Promise<FoundMessage[]> {
    const times = new Map<string, number>();
    const refs = rechecks.flatMap((item) => {
      const ref = parseRecheckKey(item);
      if (ref === undefined) return [];
      times.set(nameOf(ref), counted.safeParse(item).data?.timesMissing ?? 0);
      return [ref];
    });
    const items = await batchGet(client, tableName, refs.map(messageKey), waiting);
    return items.flatMap(foundIn).map((found) => ({ ...found, timesMissing: times.get(nameOf(found.ref)) ?? 0 }));
  }
};

const nameOf = ({ orgId, appId, messageId }: MessageRef): string => `${orgId} ${appId} ${messageId}`;

/** A message that cannot be read stands in fan-out's quarantine, and is looked after there. */
const foundIn = (item: Record<string, unknown>): FoundMessage[] => {
  const ref = parseMessageKey({ PK: String(item.PK), SK: String(item.SK) });
  const message = addressed.safeParse(item);
  return ref === undefined || !message.success ? [] : [{ ref, message: message.data }];
};
