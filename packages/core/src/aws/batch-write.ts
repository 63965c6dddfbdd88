import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BackOff, backOffMs } from '../back-off.ts';
import type { Waiting } from './batch-get.ts';

/** DynamoDB's limit of one BatchWriteItem call. */
const MAX_WRITES = 25;
const BACK_OFF: BackOff = { attempts: 8, baseMs: 50, capMs: 5_000 };

type Write = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

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
    let pending: Write[] = writes.slice(start, start + MAX_WRITES);
    for (let repeat = 0; pending.length > 0; repeat += 1) {
      if (repeat > BACK_OFF.attempts) throw new Error(`batch write: ${pending.length} items stay unprocessed`);
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: pending } }));
      pending = answer.UnprocessedItems?.[tableName] ?? [];
    }
  }
};
