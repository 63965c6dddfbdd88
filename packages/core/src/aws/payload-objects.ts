import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type KeepPayload, payloadObjectKey, type ReadPayload } from '../payload-object.ts';

export type PayloadObjects = {
  readonly keep: KeepPayload;
  readonly read: ReadPayload;
  /** The keys of a day (`payloadDay`), page by page. */
  readonly keysOf: (day: string) => AsyncIterable<readonly string[]>;
  /** Resolves when all are gone. To remove what is not there is nothing. */
  readonly remove: (keys: readonly string[]) => Promise<void>;
};

/** What one call of S3 lists and deletes. */
const PAGE_SIZE = 1_000;

/** The objects of a bucket. S3 checks what it is sent and the client what it gets, by a checksum. */
export const payloadObjects = (client: S3Client, bucket: string): PayloadObjects => ({
  keep: async (ref, packed) => {
    const Key = payloadObjectKey(ref);
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key, Body: packed, ContentType: 'application/octet-stream' }),
    );
  },

  read: async (ref, { packedBytes }) => {
    try {
      const Key = payloadObjectKey(ref);
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      if (ContentLength === packedBytes && Body !== undefined) return await Body.transformToByteArray();
      // What is not read to its end would keep its connection.
      await Body?.transformToWebStream().cancel();
      throw new Error(`the payload's object has ${ContentLength} bytes and not ${packedBytes}`);
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },

  async *keysOf(day) {
    const pages = paginateListObjectsV2({ client, pageSize: PAGE_SIZE }, { Bucket: bucket, Prefix: `${day}/` });
    for await (const { Contents = [] } of pages) yield Contents.flatMap(({ Key }) => Key ?? []);
  },

  remove: async (keys) => {
    for (let start = 0; start < keys.length; start += PAGE_SIZE) {
      const Objects = keys.slice(start, start + PAGE_SIZE).map((Key) => ({ Key }));
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} payloads stay: ${Errors[0]?.Code}`);
    }
  },
});
