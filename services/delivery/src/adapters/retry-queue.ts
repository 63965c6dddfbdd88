import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DeliveryTask, LANE_ATTRIBUTE, type Lane, laneOf } from '@fanfare/events/delivery-task';
import type { SQSMessageAttributes } from 'aws-lambda';

/** Puts a task back into its lane, visible after a delay, with the attributes of the message that it comes from. */
export type ScheduleRetry = (
  task: DeliveryTask,
  delaySeconds: number,
  carried: Readonly<Record<string, string>>,
) => Promise<void>;

export const retryQueue =
  (client: SQSClient, queueUrl: string): ScheduleRetry =>
  async (task, delaySeconds, carried) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(task),
        DelaySeconds: delaySeconds,
        MessageGroupId: task.appId,
        MessageAttributes: messageAttributes(carried),
      }),
    );
  };

/** Puts each task into its own lane, which is the one it came from unless its endpoint has become another lane's. */
export const retryLanes =
  (client: SQSClient, queueUrls: Readonly<Record<Lane, string>>): ScheduleRetry =>
  (task, delaySeconds, carried) => {
    const lane = laneOf(task);
    return retryQueue(client, queueUrls[lane])(task, delaySeconds, { ...carried, [LANE_ATTRIBUTE]: lane });
  };

/** The attributes of a message that are texts, as all of ours are. */
export const textAttributes = (carried: SQSMessageAttributes): Record<string, string> =>
  Object.fromEntries(
    Object.entries(carried).flatMap(([name, { stringValue }]) =>
      stringValue === undefined ? [] : [[name, stringValue]],
    ),
  );

/** Texts as SQS takes them: Lambda spells the attributes of a message otherwise. */
export const messageAttributes = (texts: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]));
