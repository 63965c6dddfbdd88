import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BackOff, backOffMs } from '../back-off.ts';
import type { Waiting } from './batch-get.ts';

/** DynamoDB's limit of one BatchWriteItem call. */
export const MAX_WRITES = 25;
const BACK_OFF: BackOff = { attempts: 8, baseMs: 50, capMs: 5_000 };

export type Write = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

/**
 * Puts and deletes items without conditions. What DynamoDB hands back unprocessed is written again with back-off and
 * jitter; throws when something is still unprocessed after that, so nothing is dropped in silence.
 */
export const batchWrite = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  writes: readonly Write[],
  waiting: Waiting,
): Promise<void> => {
  for (let start = 0; start < writes.length; start += MAX_WRITES) {
    const rest = await writeOnce(client, tableName, writes.slice(start, start + MAX_WRITES), waiting, BACK_OFF);
    if (rest.length > 0) throw new Error(`batch write: ${rest.length} items stay unprocessed`);
  }
};

/** The same for as many writes as fit into one call, for a caller that can say of each item whether it was written. */
export const batchWriteSome = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  writes: readonly Write[],
  waiting: Waiting,
  backOff: BackOff,
): Promise<readonly Write[]> => {
  if (writes.length > MAX_WRITES) throw new Error(`a call takes ${MAX_WRITES} writes, not ${writes.length}`);
  return writeOnce(client, tableName, writes, waiting, backOff);
};

/** Answers what stays unprocessed. */
const writeOnce = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  writes: readonly Write[],
  waiting: Waiting,
  backOff: BackOff,
): Promise<readonly Write[]> => {
  let pending = [...writes];
  for (let repeat = 0; pending.length > 0 && repeat <= backOff.attempts; repeat += 1) {
    if (repeat > 0) await waiting.sleep(backOffMs(repeat, backOff, waiting.random()));
    const answer = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: pending } }));
    pending = answer.UnprocessedItems?.[tableName] ?? [];
  }
  return pending;
};
