import type { PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { CORRELATION_ATTRIBUTE } from '@fanfare/core/telemetry/correlation';
import { LANE_ATTRIBUTE } from '@fanfare/events/delivery-task';
import type { FanOutPorts } from '../domain/fan-out.ts';
import { batchesOf, type Publication } from '../domain/publication.ts';
import { topicBatches } from './topic-batches.ts';

/** Publishes tasks to the topic, ten by ten. Throws when some of them are refused again and again. */
export const deliveryTopic = (client: SNSClient, topicArn: string, waiting: Waiting): FanOutPorts['publish'] => {
  const publish = topicBatches(client, topicArn, waiting);
  return (publications) => publish(batchesOf(publications).map((batch) => batch.map(entryOf)));
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
