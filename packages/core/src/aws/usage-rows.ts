import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type Usage, usage } from '@fanfare/events/usage-record';
import { parseUsageSortKey, type UsageRef, usagePartition } from '../keys.ts';

/** What one shard of the stream told of an application's hour: rows of the same hour are added up. */
export type UsageRow = UsageRef & Usage;

/** A part of a day (`2026-11-25`): one shard of it, and in it what lies under a prefix (`usagePrefix`), if one is given. */
export type UsagePart = { readonly day: string; readonly shard: number; readonly prefix?: string };

/** The rows of a part, page by page. Read at half price: what is counted is late by seconds anyway. */
export async function* usageRows(
  client: DynamoDBDocumentClient,
  tableName: string,
  { day, shard, prefix }: UsagePart,
): AsyncGenerator<readonly UsageRow[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      KeyConditionExpression: prefix === undefined ? 'PK = :pk' : 'PK = :pk AND begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':pk': usagePartition(day, shard), ...(prefix && { ':prefix': prefix }) },
      ProjectionExpression: 'SK, #messages, #bytes, #attempts',
      ExpressionAttributeNames: { '#messages': 'messages', '#bytes': 'bytes', '#attempts': 'attempts' },
    },
  );
  for await (const { Items = [] } of pages) yield Items.flatMap(rowOf);
}

const rowOf = (item: Record<string, unknown>): UsageRow[] => {
  const ref = parseUsageSortKey(String(item.SK));
  return ref === undefined ? [] : [{ ...ref, ...usage.parse(item) }];
};
