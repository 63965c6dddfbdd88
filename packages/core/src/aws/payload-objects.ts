import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type KeepPayload, payloadObjectKey, type ReadPayload } from '../payload-object.ts';

export type PayloadObjects = { readonly keep: KeepPayload; readonly read: ReadPayload };

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
});
