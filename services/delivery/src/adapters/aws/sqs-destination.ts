import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Destination } from '@fanfare/core/destinations/destination';
import { type OpenClient, textAttributes } from './destination-client.ts';

export const openSqs: OpenClient = (settings) => {
  // The URL below says which queue, not where to connect to: that is the client's to know, by region and endpoint.
  const client = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  return {
    put: async (destination, { body, attributes, groupId, deduplicationId }, abortSignal) => {
      const fifo = { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId };
      const { MessageId, $metadata } = await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl(destination),
          MessageBody: body,
          MessageAttributes: textAttributes(attributes),
          ...(destination.name.endsWith('.fifo') ? fifo : {}),
        }),
        { abortSignal },
      );
      return { status: $metadata.httpStatusCode ?? 200, text: `SQS message ${MessageId}` };
    },
  };
};

/** Made of the ARN, so that no right to look it up is needed. */
const queueUrl = ({ partition, region, account, name }: Destination): string =>
  `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${name}`;
