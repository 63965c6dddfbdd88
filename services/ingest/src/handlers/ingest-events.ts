import { name, readConfig } from '@fanfare/core/config';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { readRuledEvent } from '../domain/ruled-event.ts';
import { queueMessageOf } from './queue-record.ts';
import { takingIn } from './take-in.ts';

const config = readConfig(z.object({ STAGE: name, TABLE_NAME: name, QUEUE_REJECTS_URL: name }), process.env);
const takeIn = takingIn<SQSRecord>('events', config, ({ messageId }) => ({ message_id: messageId }));

/** Accepts events that rules let through. What could not be written comes again, and nothing else. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const failed = await takeIn(Records.map((record) => ({ record, read: readRuledEvent(queueMessageOf(record)) })));
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
};
