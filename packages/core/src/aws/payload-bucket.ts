import { traced } from '../telemetry/tracer.ts';
import type { PayloadObjects } from './payload-objects.ts';

/** A megabyte takes a fraction of a second. What hangs is tried again while the function still runs. */
const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 3_000 };

/**
 * The bucket of bodies too large for a message's item. Its client is loaded with the first of them: it would be a good part of a
 * cold start, and most functions never meet one.
 */
export const payloadBucket = (bucket: string): Pick<PayloadObjects, 'keep' | 'read'> => {
  let opened: Promise<PayloadObjects> | undefined;
  const open = (): Promise<PayloadObjects> => {
    opened ??= load(bucket);
    return opened;
  };
  return {
    keep: async (ref, packed) => (await open()).keep(ref, packed),
    read: async (ref, object) => (await open()).read(ref, object),
  };
};

const load = async (bucket: string): Promise<PayloadObjects> => {
  const [{ S3Client }, { payloadObjects }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('./payload-objects.ts'),
  ]);
  return payloadObjects(traced(new S3Client({ requestHandler: TIMEOUTS })), bucket);
};
