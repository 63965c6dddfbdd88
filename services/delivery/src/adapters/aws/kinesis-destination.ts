import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { envelopeOf } from '../../domain/destination-message.ts';
import type { OpenClient } from './destination-client.ts';

export const openKinesis: OpenClient = (settings) => {
  const client = new KinesisClient(settings);
  return {
    put: async ({ arn }, message, abortSignal) => {
      const { SequenceNumber, $metadata } = await client.send(
        new PutRecordCommand({
          StreamARN: arn,
          Data: Buffer.from(envelopeOf(message)),
          // Spread over all shards: a task is in no order that a shard could keep.
          PartitionKey: message.messageId,
        }),
        { abortSignal },
      );
      return { status: $metadata.httpStatusCode ?? 200, text: `Kinesis record ${SequenceNumber}` };
    },
  };
};
