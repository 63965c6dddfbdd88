import { fakeRecordBucket } from '../domain/record-bucket.fake.ts';
import { recordBucketContract } from './record-bucket.contract.ts';

describe('a fake of a bucket', () =>
  recordBucketContract(async () => {
    const bucket = fakeRecordBucket();
    return { ...bucket, name: 'records', put: async (key, text) => bucket.put('records', key, text, Date.now()) };
  }));
