import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  PAYLOADS_BUCKET: 'payloads',
  MINIMUM_AGE_HOURS: '24',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
});

const bucket = mockClient(S3Client);
mockClient(DynamoDBDocumentClient);
const lines = loggedLines();
const { handler } = await import('./sweep-payloads.ts');
const leaving = (ms: number) => ({ getRemainingTimeInMillis: () => ms }) as Context;
const counted = expect.objectContaining({ PayloadsSwept: 1 });

beforeEach(() => bucket.reset());

test('a run that has looked at everything is counted: none for two days is an alarm', async () => {
  bucket.on(ListObjectVersionsCommand).resolves({ Versions: [] });
  await expect(handler({}, leaving(300_000))).resolves.toMatchObject({ stopped: false });
  expect(lines).toContainEqual(counted);
});

test('a run whose time was over before, or that failed, is not', async () => {
  bucket.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: 'x', VersionId: '1', LastModified: new Date() }] });
  await expect(handler({}, leaving(0))).resolves.toMatchObject({ stopped: true });
  bucket.on(ListObjectVersionsCommand).rejects(new Error('denied'));
  await expect(handler({}, leaving(300_000))).rejects.toThrow('denied');
  expect(lines).not.toContainEqual(counted);
});
