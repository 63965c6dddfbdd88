import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions, contractValue } from '../../../../tests/environment-under-test.ts';
import { importedObjectsContract } from './imported-objects.contract.ts';
import { importedObjects } from './imported-objects.ts';

const options = { ...clientOptions(), forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' } as const;

describe('the bucket of imports', () =>
  importedObjectsContract(async () => {
    const [client, Bucket] = [new S3Client(options), await contractValue('bucket/imports/name')];
    return {
      ...importedObjects(client, Bucket),
      put: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
      remove: async (Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
      textOf: async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
    };
  }));
