import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { concurrently } from '../concurrently.ts';
import {
  DamagedPayload,
  type ExpungePayload,
  type KeepPayload,
  payloadObjectKey,
  type ReadPayload,
} from '../payload-object.ts';

/** An object as it was seen. Each write makes another version. `writtenAt` is in milliseconds since 1970. */
export type StoredObject = { readonly key: string; readonly version: string; readonly writtenAt: number };

export type PayloadObjects = {
  readonly keep: KeepPayload;
  readonly read: ReadPayload;
  /** Removes the object of a message for good, in all its versions. To remove what is gone, or never was, is nothing. */
  readonly expunge: ExpungePayload;
  /** The objects of a day (`payloadDay`) as they are now, page by page. */
  readonly objectsOf: (day: string) => AsyncIterable<readonly StoredObject[]>;
  /** Removes objects as they were seen: one that was written again meanwhile stays. To remove what is gone is nothing. */
  readonly remove: (objects: readonly StoredObject[]) => Promise<void>;
};

/** What one call of S3 lists. */
const PAGE_SIZE = 1_000;

/** Each by a call of its own, which costs nothing and is asked for by the right to delete a version alone. */
const REMOVED_AT_ONCE = 10;

/** The objects of a bucket. S3 checks what it is sent and the client what it gets, by a checksum. */
export const payloadObjects = (client: S3Client, bucket: string): PayloadObjects => ({
  expunge: async (ref) => removeAllVersions(client, bucket, payloadObjectKey(ref)),

  keep: async (ref, packed) => {
    const Key = payloadObjectKey(ref);
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key, Body: packed, ContentType: 'application/octet-stream' }),
    );
  },

  read: async (ref, object) => {
    try {
      const Key = payloadObjectKey(ref);
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      if (ContentLength === object.packedBytes && Body !== undefined) return await Body.transformToByteArray();
      // What is not read to its end would keep its connection.
      await Body?.transformToWebStream().cancel();
      throw new DamagedPayload(ContentLength, object);
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },

  async *objectsOf(day) {
    const from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (let more = true; more; ) {
      const page = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${day}/`, MaxKeys: PAGE_SIZE, ...from }),
      );
      yield (page.Versions ?? []).filter(({ IsLatest }) => IsLatest).map(storedObject);
      more = page.IsTruncated === true;
      from.KeyMarker = page.NextKeyMarker;
      from.VersionIdMarker = page.NextVersionIdMarker;
    }
  },

  remove: async (objects) => {
    await concurrently(REMOVED_AT_ONCE, objects, async ({ key, version }) =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version })),
    );
  },
});

/** What is removed was listed, so a key of ours that another one begins with keeps its versions. */
const removeAllVersions = async (client: S3Client, Bucket: string, Key: string): Promise<void> => {
  for (let more = true; more; ) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key, MaxKeys: PAGE_SIZE }));
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].filter((one) => one.Key === Key);
    if (found.length === 0) return;
    for (const { VersionId } of found) await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    more = page.IsTruncated === true;
  }
};

const storedObject = ({ Key = '', VersionId = '', LastModified }: ObjectVersion): StoredObject => ({
  key: Key,
  version: VersionId,
  writtenAt: LastModified?.getTime() ?? Number.POSITIVE_INFINITY,
});
