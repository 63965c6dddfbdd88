import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type OpenClient, textAttributes } from './destination-client.ts';

export const openSns: OpenClient = (settings) => {
  const client = new SNSClient(settings);
  return {
    put: async ({ arn, name }, { body, attributes, groupId, deduplicationId }, abortSignal) => {
      const fifo = { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId };
      const { MessageId, $metadata } = await client.send(
        new PublishCommand({
          TopicArn: arn,
          Message: body,
          MessageAttributes: textAttributes(attributes),
          ...(name.endsWith('.fifo') ? fifo : {}),
        }),
        { abortSignal },
      );
      return { status: $metadata.httpStatusCode ?? 200, text: `SNS message ${MessageId}` };
    },
  };
};
