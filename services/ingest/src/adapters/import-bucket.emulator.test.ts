import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions, contractValue } from '../../../../tests/environment-under-test.ts';
import { importBucketContract } from './import-bucket.contract.ts';
import { importBucket } from './import-bucket.ts';

const options = { ...clientOptions(), forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' } as const;

describe('the bucket of imports', () =>
  importBucketContract(async () => {
    const [client, Bucket] = [new S3Client(options), await contractValue('bucket/imports/name')];
    return {
      ...importBucket(client, Bucket),
      put: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
      remove: async (Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
      textOf: async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
    };
  }));
