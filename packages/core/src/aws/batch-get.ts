import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BackOff, backOffMs } from '../back-off.ts';
import type { Key } from '../keys.ts';

/** DynamoDB's limit of one BatchGetItem call. */
const MAX_KEYS = 100;
const BACK_OFF: BackOff = { attempts: 6, baseMs: 50, capMs: 2_000 };

export type Waiting = { readonly sleep: (ms: number) => Promise<void>; readonly random: () => number };

/**
 * Reads items by key, strongly consistent, each key once. What DynamoDB hands back unprocessed is asked for again with
 * back-off and jitter; throws when something is still unprocessed after that. Items that do not exist are not returned.
 * Of the others come the keys and these attributes, if some are named.
 */
export const batchGet = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Key[],
  waiting: Waiting,
  attributes?: readonly string[],
): Promise<Record<string, unknown>[]> => {
  const reading = { ConsistentRead: true, ...(attributes && projection(['PK', 'SK', ...attributes])) };
  const distinct = [...new Map(keys.map(({ PK, SK }) => [`${PK}\n${SK}`, { PK, SK }])).values()];
  const found: Record<string, unknown>[] = [];
  for (let start = 0; start < distinct.length; start += MAX_KEYS) {
    let wanted: Record<string, unknown>[] = distinct.slice(start, start + MAX_KEYS);
    for (let repeat = 0; wanted.length > 0; repeat += 1) {
      if (repeat > BACK_OFF.attempts) throw new Error(`batch read: ${wanted.length} keys stay unprocessed`);
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [tableName]: { Keys: wanted, ...reading } } }),
      );
      found.push(...(answer.Responses?.[tableName] ?? []));
      wanted = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
  }
  return found;
};

const projection = (attributes: readonly string[]) => ({
  ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
});
