import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { type BackOff, backOffMs } from '../back-off.ts';
import { concurrently } from '../concurrently.ts';
import type { Waiting } from './batch-get.ts';

const BACK_OFF: BackOff = { attempts: 5, baseMs: 100, capMs: 2_000 };
const CALLS_AT_ONCE = 5;

/**
 * Publishes batches that each fit into one call. Entries that SNS hands back are published again with back-off and jitter;
 * throws when some are still refused after that.
 */
export const topicBatches = (client: SNSClient, topicArn: string, waiting: Waiting) => {
  const publishBatch = async (batch: readonly PublishBatchRequestEntry[]): Promise<void> => {
    let pending = [...batch];
    for (let repeat = 0; pending.length > 0; repeat += 1) {
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const { Failed = [] } = await client.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: pending }),
      );
      if (Failed.length > 0 && repeat === BACK_OFF.attempts) {
        throw new Error(`topic: ${Failed.length} messages stay refused, the first with ${Failed[0]?.Code}`);
      }
      const refused = new Set(Failed.map(({ Id }) => Id));
      pending = pending.filter(({ Id }) => refused.has(Id));
    }
  };
  return async (batches: readonly (readonly PublishBatchRequestEntry[])[]): Promise<void> => {
    await concurrently(CALLS_AT_ONCE, batches, publishBatch);
  };
};
