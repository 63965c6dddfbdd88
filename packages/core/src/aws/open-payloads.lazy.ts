import { S3Client } from '@aws-sdk/client-s3';
import { traced } from '../telemetry/tracer.ts';
import { type PayloadObjects, payloadObjects } from './payload-objects.ts';

/** A megabyte takes a fraction of a second. What hangs is tried again while the function still runs. */
const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 3_000 };

/** Makes the client of the bucket. */
export const openPayloads = (bucket: string): PayloadObjects =>
  payloadObjects(traced(new S3Client({ requestHandler: TIMEOUTS })), bucket);
