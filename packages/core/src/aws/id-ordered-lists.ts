import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  type ApplicationRef,
  type EndpointRef,
  endpointAttemptsPartition,
  MESSAGE_SHARDS,
  messagesPartition,
  TABLE_INDEX_BY_ENDPOINT,
} from '../keys.ts';
import { type Chunk, merge, type Span } from '../span.ts';
import { queryIdOrdered } from './id-ordered-query.ts';

type Table = { readonly client: DynamoDBDocumentClient; readonly tableName: string };

/** A span of an application's messages over all of its shards, read strongly. `read` makes a message of an item. */
export const messagesInSpan = async <T extends { readonly id: string }>(
  { client, tableName }: Table,
  application: ApplicationRef,
  span: Span,
  read: (item: Record<string, unknown>) => T,
): Promise<Chunk<T>> => {
  const shards = MESSAGE_SHARDS.map(async (shard) => {
    const partition = messagesPartition(application, shard);
    const of = { tableName, partitionName: 'PK', partition, sortName: 'SK', idPrefix: 'msg' } as const;
    const { items, more } = await queryIdOrdered(client, of, span);
    return { items: items.map(read), more };
  });
  return merge(await Promise.all(shards), span);
};

/** The items of a span of an endpoint's attempts, by the index. */
export const attemptsInSpan = (
  { client, tableName }: Table,
  endpoint: EndpointRef,
  span: Span,
): Promise<Chunk<Record<string, unknown>>> =>
  queryIdOrdered(
    client,
    {
      tableName,
      indexName: TABLE_INDEX_BY_ENDPOINT,
      partitionName: 'GSI1PK',
      partition: endpointAttemptsPartition(endpoint),
      sortName: 'GSI1SK',
      idPrefix: 'atmpt',
    },
    span,
  );
