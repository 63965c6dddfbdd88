import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../../../../tests/environment-under-test.ts';
import { recordBucketContract } from './record-bucket.contract.ts';
import { recordBucket } from './record-bucket.ts';

const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });

describe('a bucket on the emulator', () =>
  recordBucketContract(async () => {
    const Bucket = `records-${crypto.randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    return {
      ...recordBucket(s3),
      name: Bucket,
      put: async (Key, Body) => void (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))),
    };
  }));
