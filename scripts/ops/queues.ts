import { GetQueueAttributesCommand, GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';
import { Failure } from '../toolchain/failure.mjs';

export type Queue = { readonly name: string; readonly url: string };

export const queueNameOf = (url: string): string => url.split('/').at(-1) ?? '';

/** How SQS tells what is in a queue. The figures are approximate on AWS, for about a minute. */
export const depthOf = async (client: SQSClient, { url }: Queue): Promise<number> => {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
};

export const urlOfQueue = async (client: SQSClient, name: string): Promise<string> => {
  try {
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return QueueUrl;
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw new Failure(`The queue ${name} does not exist: apply terraform/ to the stage.`, { cause: error });
  }
};

export const arnOfQueue = async (client: SQSClient, url: string): Promise<string> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.QueueArn ?? '';
};

/** The ARN of the dead-letter queue that a queue hands over to. */
export const deadLetterArnOf = async (client: SQSClient, url: string): Promise<string | undefined> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
  );
  const policy = Attributes?.RedrivePolicy;
  return policy === undefined
    ? undefined
    : (JSON.parse(policy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
};
