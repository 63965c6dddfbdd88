import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Chunk, Span } from '../span.ts';

/** A partition of the table, or of one of its indexes, whose sort key is an id. */
export type IdOrderedPartition = {
  readonly tableName: string;
  readonly indexName?: string;
  readonly partitionName: string;
  readonly partition: string;
  readonly sortName: string;
  readonly idPrefix: 'msg' | 'atmpt' | 'qtask';
};

/**
 * Reads one span: a single query of at most 1 MB. Bounds are part of the key condition rather than a start key, which
 * for an index would need more of the item than its id.
 */
export const queryIdOrdered = async (
  client: DynamoDBDocumentClient,
  of: IdOrderedPartition,
  span: Span,
): Promise<Chunk<Record<string, unknown>>> => {
  const { newerThan = `${of.idPrefix}_`, olderThan = `${of.idPrefix}_~` } = span;
  if (newerThan >= olderThan) return { items: [], more: false };
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: of.tableName,
      ...(of.indexName === undefined ? { ConsistentRead: true } : { IndexName: of.indexName }),
      KeyConditionExpression: '#partition = :partition AND #id BETWEEN :newerThan AND :olderThan',
      ExpressionAttributeNames: { '#partition': of.partitionName, '#id': of.sortName },
      ExpressionAttributeValues: { ':partition': of.partition, ':newerThan': newerThan, ':olderThan': olderThan },
      ScanIndexForward: !span.newestFirst,
      // BETWEEN counts its bounds in, and the walk begins at one that usually exists.
      Limit: span.limit + 1,
    }),
  );
  const inside = Items.filter((item) => item[of.sortName] !== newerThan && item[of.sortName] !== olderThan);
  const items = inside.slice(0, span.limit);
  // A query that was cut and holds nothing inside has seen both bounds.
  return { items, more: items.length > 0 && (LastEvaluatedKey !== undefined || inside.length > items.length) };
};
