import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { LANE_ATTRIBUTE } from '@fanfare/events/delivery-task';
import { type BackOff, backOffMs } from '../back-off.ts';
import { concurrently } from '../concurrently.ts';
import { batchesOf, type Publication, type PublishTasks } from '../deliveries/publication.ts';
import { CORRELATION_ATTRIBUTE } from '../telemetry/correlation.ts';
import type { Waiting } from './batch-get.ts';

const BACK_OFF: BackOff = { attempts: 5, baseMs: 100, capMs: 2_000 };
const CALLS_AT_ONCE = 5;

/**
 * Publishes tasks to the topic, ten by ten. Entries that SNS hands back are published again with back-off and jitter;
 * throws when some are still refused after that.
 */
export const deliveryTopic = (client: SNSClient, topicArn: string, waiting: Waiting): PublishTasks => {
  const publishBatch = async (batch: readonly Publication[]): Promise<void> => {
    let pending = batch.map(entryOf);
    for (let repeat = 0; pending.length > 0; repeat += 1) {
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const { Failed = [] } = await client.send(
        new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: pending }),
      );
      if (Failed.length > 0 && repeat === BACK_OFF.attempts) {
        throw new Error(`topic: ${Failed.length} tasks stay refused, the first with ${Failed[0]?.Code}`);
      }
      const refused = new Set(Failed.map(({ Id }) => Id));
      pending = pending.filter(({ Id }) => refused.has(Id));
    }
  };
  return async (publications) => {
    await concurrently(CALLS_AT_ONCE, batchesOf(publications), publishBatch);
  };
};

/** An entry's id only has to be unique within its call. */
const entryOf = ({ body, groupId, correlationId, lane }: Publication, index: number): PublishBatchRequestEntry => ({
  Id: String(index),
  Message: body,
  MessageGroupId: groupId,
  MessageAttributes: {
    [LANE_ATTRIBUTE]: { DataType: 'String', StringValue: lane },
    [CORRELATION_ATTRIBUTE]: { DataType: 'String', StringValue: correlationId },
  },
});
