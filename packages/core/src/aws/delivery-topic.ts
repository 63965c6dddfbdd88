import type { PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import { LANE_ATTRIBUTE } from '@fanfare/events/delivery-task';
import { batchesOf, type Publication, type PublishTasks } from '../deliveries/publication.ts';
import { CORRELATION_ATTRIBUTE } from '../telemetry/correlation.ts';
import type { Waiting } from './batch-get.ts';
import { topicBatches } from './topic-batches.ts';

/** Publishes tasks to the topic, ten by ten. Throws when some of them are refused again and again. */
export const deliveryTopic = (client: SNSClient, topicArn: string, waiting: Waiting): PublishTasks => {
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
