import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { LANE_ATTRIBUTE, type Lane } from '@fanfare/events/delivery-task';
import type { DrainPorts, Released } from '../domain/drain.ts';
import { type QueueEntry, sendBatch } from './queue-batch.ts';
import { messageAttributes } from './retry-queue.ts';

export type QueueUrls = Readonly<Record<Lane, string>>;

/** Puts parked tasks back into a lane, in their application's group and with what they came with. */
export const releaseLanes =
  (client: SQSClient, urls: QueueUrls, waiting: Waiting): DrainPorts['send'] =>
  async (lane, released) => {
    const taken = await sendBatch(
      client,
      urls[lane],
      released.map((one) => entryOf(one, lane)),
      waiting,
    );
    return new Set(released.filter((_, index) => taken[index]));
  };

const entryOf = ({ parked, task, delaySeconds }: Released, lane: Lane): QueueEntry => ({
  MessageBody: JSON.stringify(task),
  DelaySeconds: delaySeconds,
  MessageGroupId: task.appId,
  MessageAttributes: messageAttributes({ ...parked.attributes, [LANE_ATTRIBUTE]: lane }),
});
