import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Counts the tasks in the lanes that nobody has taken yet. Approximate, for about a minute. */
export const waitingTasks = (client: SQSClient, laneUrls: readonly string[]) => async (): Promise<number> => {
  const depths = await Promise.all(
    laneUrls.map(async (QueueUrl) => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    }),
  );
  return depths.reduce((sum, depth) => sum + depth, 0);
};
