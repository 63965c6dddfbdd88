import { GetQueueAttributesCommand, type QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually } from './eventually.ts';

export const sqs = (): SQSClient => new SQSClient(clientOptions());

export const laneUrl = (): Promise<string> => contractValue('queue/webhook/url');

/** The dead-letter queue of the webhook lane. */
export const deadLettersUrl = async (): Promise<string> => `${await laneUrl()}-dead-letters`;

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const satisfies readonly QueueAttributeName[];

/** Messages in a queue, whether they wait, are worked on or are delayed. */
export const messagesIn = async (queueUrl: string): Promise<number> => {
  const { Attributes = {} } = await sqs().send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...COUNTS] }),
  );
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
};

/** Waits until the lane has nothing to do: what was to be sent has been sent, and no repeat is on its way. */
export const untilLaneIsEmpty = async (): Promise<void> => {
  const url = await laneUrl();
  await eventually('an empty webhook lane', async () => ((await messagesIn(url)) === 0 ? true : undefined));
};
