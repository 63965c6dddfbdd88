import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  type S3Client,
  type _Object as StoredObject,
} from '@aws-sdk/client-s3';
import type { RecordBucket } from '../domain/redo-records.ts';

/** The bucket of whole batches and calls that Lambda gave up on. */
export const recordBucket = (client: S3Client): RecordBucket => ({
  count: async (Bucket, beforeMs) => {
    let count = 0;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      count += Contents.filter(isBefore(beforeMs)).length;
    }
    return count;
  },

  next: async (Bucket, after, beforeMs) => {
    const from = after === undefined ? {} : { StartAfter: after };
    for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize: 100 }, { Bucket, ...from })) {
      for (const { Key = '', LastModified } of Contents.filter(isBefore(beforeMs))) {
        const text = await textOf(client, Bucket, Key);
        if (text !== undefined) return { id: Key, writtenAtMs: LastModified?.getTime() ?? 0, text };
      }
    }
    return undefined;
  },

  remove: async (Bucket, Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
});

/** Times of objects are those of whole seconds. */
const isBefore =
  (timeMs: number) =>
  ({ LastModified }: StoredObject): boolean =>
    (LastModified?.getTime() ?? 0) <= timeMs;

/** One that somebody took away meanwhile has been done. */
const textOf = async (client: S3Client, Bucket: string, Key: string): Promise<string | undefined> => {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};
