import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { LANE_ATTRIBUTE, type Lane } from '@fanfare/events/delivery-task';
import type { Released, ReleasePorts } from '../domain/release-parked.ts';
import { type QueueEntry, sendBatch } from './queue-batch.ts';
import { messageAttributes } from './retry-queue.ts';

export type QueueUrls = Readonly<Record<Lane, string>>;

/** Puts parked tasks back into their lanes, in their application's group and with what they came with. */
export const releaseLanes =
  (client: SQSClient, urls: QueueUrls, waiting: Waiting): ReleasePorts['send'] =>
  async (released) => {
    const byLane = Map.groupBy(released, ({ lane }) => lane);
    const taken = await Promise.all(
      [...byLane].map(async ([lane, some]) => {
        const isTaken = await sendBatch(client, urls[lane], some.map(entryOf), waiting);
        return some.filter((_, index) => isTaken[index]);
      }),
    );
    return new Set(taken.flat());
  };

const entryOf = ({ parked, task, delaySeconds, lane }: Released): QueueEntry => ({
  MessageBody: JSON.stringify(task),
  DelaySeconds: delaySeconds,
  MessageGroupId: task.appId,
  MessageAttributes: messageAttributes({ ...parked.attributes, [LANE_ATTRIBUTE]: lane }),
});
