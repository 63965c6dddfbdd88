import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { applicationPartition, ENDPOINT_SORT_KEY_PREFIX, VERSION_SORT_KEY } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import type { Application, ReadApplication } from '../domain/application-cache.ts';
import { type Subscriber, subscriberRecord } from '../domain/subscriber.ts';

/** What is read of each item: enough to match and to choose the lane, and no secrets. */
const ATTRIBUTES = [
  'SK',
  'kind',
  'version',
  'deletedAt',
  'id',
  'url',
  'disabled',
  'eventTypes',
  'channels',
  'sinceVersion',
  'slowSince',
  'selectionVersion',
  'orderedSince',
  'orderedVersion',
] as const;

const NAMES = Object.fromEntries(ATTRIBUTES.map((attribute) => [`#${attribute}`, attribute]));

/** Reads an application's version and endpoints by one strongly consistent query, to its last page. */
export const applicationTable =
  (client: DynamoDBDocumentClient, tableName: string): ReadApplication =>
  async (ref) => {
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: 'PK = :partition',
        ExpressionAttributeValues: { ':partition': applicationPartition(ref) },
        ProjectionExpression: Object.keys(NAMES).join(', '),
        ExpressionAttributeNames: NAMES,
        ConsistentRead: true,
      },
    );
    const items: Record<string, unknown>[] = [];
    for await (const page of pages) items.push(...(page.Items ?? []));
    return applicationOf(items);
  };

/** Makes an application of the items of its partition. */
export const applicationOf = (items: readonly Record<string, unknown>[]): Application => {
  const version = versionRecord.safeParse(items.find(({ SK }) => SK === VERSION_SORT_KEY));
  const subscribers: Subscriber[] = [];
  const unreadable: string[] = [];
  for (const item of items) {
    const sortKey = String(item.SK);
    if (!sortKey.startsWith(ENDPOINT_SORT_KEY_PREFIX)) continue;
    const subscriber = subscriberRecord.safeParse(item);
    if (subscriber.success) subscribers.push(subscriber.data);
    else unreadable.push(sortKey.slice(ENDPOINT_SORT_KEY_PREFIX.length));
  }
  return {
    version: version.data?.version ?? 0,
    deleted: version.data === undefined || version.data.deletedAt !== undefined,
    subscribers,
    unreadable,
  };
};
