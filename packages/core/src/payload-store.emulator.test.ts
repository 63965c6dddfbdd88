import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions, contractValue } from '../../../tests/environment-under-test.ts';
import { payloadObjects } from './aws/payload-objects.ts';
import { payloadStoreContract } from './payload-store.contract.ts';

describe('bodies in the bucket', () =>
  payloadStoreContract(async () =>
    payloadObjects(
      new S3Client({ ...clientOptions(), forcePathStyle: true }),
      await contractValue('bucket/payloads/name'),
    ),
  ));
