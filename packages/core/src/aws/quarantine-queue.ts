import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { asciiJson } from '../ascii-json.ts';

/** The queue takes 256 KiB, attributes included: the Terraform provider does not set more. An item may have 400 KB. */
const MAX_BODY_BYTES = 255_000;

const MAX_REASON_LENGTH = 1_000;

export const REASON_ATTRIBUTE = 'reason';

/** Puts a stream record aside, whole, with the reason. Throws when the queue does not take it. */
export type Quarantine = (record: DynamoDBRecord, reason: string) => Promise<void>;

export const quarantineQueue =
  (client: SQSClient, queueUrl: string): Quarantine =>
  async (record, reason) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: bodyOf(record),
        MessageAttributes: {
          [REASON_ATTRIBUTE]: { DataType: 'String', StringValue: reason.slice(0, MAX_REASON_LENGTH) },
        },
      }),
    );
  };

/** What is too large for the queue is sent without its image: the item itself stands in the table under its key. */
const bodyOf = (record: DynamoDBRecord): string => {
  const whole = asciiJson(record);
  if (Buffer.byteLength(whole) <= MAX_BODY_BYTES) return whole;
  const { NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  return asciiJson({ ...record, dynamodb: rest });
};
