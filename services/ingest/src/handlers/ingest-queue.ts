import { name, readConfig } from '@fanfare/core/config';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { readQueueMessage } from '../domain/queue-message.ts';
import { queueMessageOf } from './queue-record.ts';
import { takingIn } from './take-in.ts';
import { trustedSenders } from './trusted-senders-setting.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, QUEUE_REJECTS_URL: name, TRUSTED_SENDERS: trustedSenders }),
  process.env,
);
const takeIn = takingIn<SQSRecord>('queue', config, ({ messageId }) => ({ message_id: messageId }));

/** Accepts what the owner's services put into the intake queue. What could not be written comes again, and nothing else. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const failed = await takeIn(
    Records.map((record) => ({ record, read: readQueueMessage(queueMessageOf(record), config.TRUSTED_SENDERS) })),
  );
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
};
