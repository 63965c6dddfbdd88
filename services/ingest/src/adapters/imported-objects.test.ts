import { fakeImportBucket } from '../domain/import-bucket.fake.ts';
import { importedObjectsContract } from './imported-objects.contract.ts';

describe('a bucket of files in memory', () => importedObjectsContract(async () => fakeImportBucket(1_000)));
