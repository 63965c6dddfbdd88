import type { RecordBucket } from '../domain/redo-records.ts';

/** Loads the client of S3 with the first redrive of a bucket: all stores but one are queues. */
export const lazyRecordBucket = (): RecordBucket => {
  let opened: Promise<RecordBucket> | undefined;
  const open = (): Promise<RecordBucket> => {
    opened ??= import('./open-record-bucket.lazy.ts').then(({ openRecordBucket }) => openRecordBucket());
    return opened;
  };
  return {
    count: async (...about) => (await open()).count(...about),
    next: async (...about) => (await open()).next(...about),
    remove: async (...about) => (await open()).remove(...about),
  };
};
