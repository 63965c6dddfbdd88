import { deflateRawSync } from 'node:zlib';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { asciiJson } from '@fanfare/core/ascii-json';
import { REASON_ATTRIBUTE } from '@fanfare/core/aws/quarantine-queue';
import type { RejectedRecord } from '@fanfare/events/rejected-record';

/** Puts a record aside for its owner, with the reasons. Throws when the queue does not take it. */
export type Reject = (rejected: RejectedRecord) => Promise<void>;

/** The queue takes 256 KiB, attributes included: the Terraform provider does not set more. */
const MAX_BODY_BYTES = 255_000;
const START_LENGTH = 20_000;
const MAX_REASON_LENGTH = 1_000;

export const rejectsQueue =
  (client: SQSClient, queueUrl: string): Reject =>
  async (rejected) => {
    const text = rejected.reasons.map(({ loc, msg }) => [loc.join('.'), msg].filter(Boolean).join(' ')).join('; ');
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: bodyOf(rejected),
        MessageAttributes: {
          [REASON_ATTRIBUTE]: { DataType: 'String', StringValue: printable(text).slice(0, MAX_REASON_LENGTH) },
        },
      }),
    );
  };

const bodyOf = ({ record, ...rejected }: RejectedRecord): string => {
  const whole = asciiJson({ ...rejected, record });
  if (whole.length <= MAX_BODY_BYTES) return whole;
  const text = JSON.stringify(record);
  const deflated = asciiJson({ ...rejected, deflatedRecord: deflateRawSync(text).toString('base64') });
  return deflated.length <= MAX_BODY_BYTES
    ? deflated
    : asciiJson({ ...rejected, recordStart: text.slice(0, START_LENGTH) });
};

/** SQS refuses some characters in attributes too. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?') || '?';
