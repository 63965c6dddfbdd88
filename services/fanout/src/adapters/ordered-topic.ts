import type { PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { topicBatches } from '@fanfare/core/aws/topic-batches';
import { batches } from '@fanfare/core/batches';
import { MAX_BATCH_BYTES, MAX_BATCH_ENTRIES } from '@fanfare/core/deliveries/publication';
import { CORRELATION_ATTRIBUTE } from '@fanfare/core/telemetry/correlation';
import { orderedDeduplicationId, orderedGroupId } from '@fanfare/events/ordered-wake';
import type { FanOutPorts } from '../domain/fan-out.ts';
import type { WakeUp } from '../domain/wake-up.ts';

/** Generous: ids and an ordering key of at most 64 characters. */
const WAKE_UP_BYTES = 2048;

/**
 * Publishes wake-ups to the FIFO topic, ten by ten. Of those of one endpoint in one log the queue hands out one at a time, and
 * the same one within five minutes is dropped. Throws when some of them are refused again and again.
 */
export const orderedTopic = (client: SNSClient, topicArn: string, waiting: Waiting): FanOutPorts['wake'] => {
  const publish = topicBatches(client, topicArn, waiting);
  const limits = { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES, bytesOf: () => WAKE_UP_BYTES };
  return (wakeUps) => publish(batches(wakeUps, limits).map((batch) => batch.map(entryOf)));
};

/** An entry's id only has to be unique within its call. */
const entryOf = ({ wake, correlationId }: WakeUp, index: number): PublishBatchRequestEntry => ({
  Id: String(index),
  Message: JSON.stringify(wake),
  MessageGroupId: orderedGroupId(wake),
  MessageDeduplicationId: orderedDeduplicationId(wake),
  MessageAttributes: { [CORRELATION_ATTRIBUTE]: { DataType: 'String', StringValue: correlationId } },
});
