import { fakeImportBucket } from '../domain/import-bucket.fake.ts';
import { importBucketContract } from './import-bucket.contract.ts';

describe('a bucket of files in memory', () => importBucketContract(async () => fakeImportBucket(1_000)));
