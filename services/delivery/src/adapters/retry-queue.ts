import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { SQSMessageAttributes } from 'aws-lambda';

/** Puts a task back into its lane, visible after a delay, with the attributes of the message that it comes from. */
export type ScheduleRetry = (task: DeliveryTask, delaySeconds: number, carried: SQSMessageAttributes) => Promise<void>;

export const retryQueue =
  (client: SQSClient, queueUrl: string): ScheduleRetry =>
  async (task, delaySeconds, carried) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(task),
        DelaySeconds: delaySeconds,
        MessageGroupId: task.appId,
        MessageAttributes: attributesOf(carried),
      }),
    );
  };

/** Lambda's spelling of message attributes is not the one that SQS takes. All of ours are texts. */
const attributesOf = (carried: SQSMessageAttributes): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(carried).flatMap(([name, { dataType, stringValue }]) =>
      stringValue === undefined ? [] : [[name, { DataType: dataType, StringValue: stringValue }]],
    ),
  );
