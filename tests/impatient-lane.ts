import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { laneUrl, sqs } from './webhook-lane.ts';

/** Makes a lane, the webhook one by default, give up on a message after seconds instead of minutes. Answers how to undo it. */
export const impatientLane = async (queueUrl?: string): Promise<() => Promise<void>> => {
  const QueueUrl = queueUrl ?? (await laneUrl());
  const names = ['VisibilityTimeout', 'RedrivePolicy'] as const;
  const { Attributes = {} } = await sqs().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  const set = async (VisibilityTimeout: string, RedrivePolicy: string): Promise<void> =>
    void (await sqs().send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout, RedrivePolicy } }),
    ));
  const { VisibilityTimeout = '', RedrivePolicy = '' } = Attributes;
  await set('5', JSON.stringify({ ...(JSON.parse(RedrivePolicy) as object), maxReceiveCount: 2 }));
  return () => set(VisibilityTimeout, RedrivePolicy);
};
