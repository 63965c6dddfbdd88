import { S3Client } from '@aws-sdk/client-s3';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { RecordBucket } from '../domain/redo-records.ts';
import { recordBucket } from './record-bucket.ts';

/** Makes the client of the bucket. */
export const openRecordBucket = (): RecordBucket => recordBucket(traced(new S3Client({})));
