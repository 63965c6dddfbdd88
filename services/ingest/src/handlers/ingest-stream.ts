import { name, readConfig } from '@fanfare/core/config';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { readStreamRecord, type StreamRecord } from '../domain/stream-record.ts';
import { takingIn } from './take-in.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, QUEUE_REJECTS_URL: name, ORGANISATIONS: name }),
  process.env,
);
const organisations = config.ORGANISATIONS.split(',');
const nameOf = ({ eventID }: KinesisStreamRecord) => ({ event_id: eventID });
const takeIn = takingIn<KinesisStreamRecord>('stream', config, nameOf, 'together');

/**
 * Accepts records of the intake stream. What breaks a rule is put aside and passed; when something could not be written the
 * whole batch is offered again, for as long as its records live, so that the stream is never read past it.
 */
export const handler = async ({ Records }: KinesisStreamEvent): Promise<void> => {
  const failed = await takeIn(
    Records.map((record) => ({ record, read: readStreamRecord(streamRecordOf(record), organisations) })),
  );
  if (failed.length === 0) return;
  throw new Error(`${failed.length} of ${Records.length} records could not be taken in`, { cause: failed[0]?.error });
};

/** Arrival times are seconds, to the millisecond. */
const streamRecordOf = ({ eventID, eventSourceARN, kinesis }: KinesisStreamRecord): StreamRecord => ({
  streamArn: eventSourceARN,
  id: eventID,
  arrivedAt: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  partitionKey: kinesis.partitionKey,
  data: Buffer.from(kinesis.data, 'base64'),
});
