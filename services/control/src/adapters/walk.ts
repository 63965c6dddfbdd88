import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { PageRequest } from '@fanfare/core/http/page';
import type { Key } from '@fanfare/core/keys';

/** Which items are walked over, and in which order unless the caller asks for one. */
export type Walk = Pick<
  QueryCommandInput,
  'TableName' | 'KeyConditionExpression' | 'ExpressionAttributeValues' | 'FilterExpression'
> & { readonly order: 'ascending' | 'descending'; readonly keyOf: (id: string) => Key };

/**
 * Up to `limit + 1` items in the direction of the walk, after the one that the request names, whether it still exists or
 * not. Strongly consistent; pages on until there are enough, because a page may hold nothing that is asked for.
 */
export const walk = async (
  client: DynamoDBDocumentClient,
  { order, keyOf, ...query }: Walk,
  request: PageRequest,
): Promise<Record<string, unknown>[]> => {
  const wanted = request.limit + 1;
  const rows: Record<string, unknown>[] = [];
  let from: Record<string, unknown> | undefined = request.from === undefined ? undefined : keyOf(request.from);
  do {
    const page = await client.send(
      new QueryCommand({
        ...query,
        ConsistentRead: true,
        ScanIndexForward: ((request.order ?? order) === 'ascending') !== request.backwards,
        Limit: wanted,
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    rows.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined && rows.length < wanted);
  return rows.slice(0, wanted);
};
