import { readFileSync } from 'node:fs';
import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { messageKey, versionKey } from '@fanfare/core/keys';
import { payloadObjectKey } from '@fanfare/core/payload-object';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  SIGNING_KEYS_NAME: '/fanfare/test/secret/api-signing-keys',
  POWERTOOLS_SERVICE_NAME: 'archive',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'INFO',
});

const table = mockClient(DynamoDBDocumentClient);
const bucket = mockClient(S3Client);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./expunge-content.ts');

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const messageId = 'msg_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const path = `/api/v1/app/${appId}/msg/${messageId}/content`;
const lines = loggedLines();

const expunge = async (claims: Parameters<typeof bearer> = [orgId], at = path) => {
  const headers = { authorization: await bearer(...claims) };
  return handler(apiRequest({ method: 'DELETE', path: at, headers }), {} as Context);
};

beforeEach(() => {
  table.reset();
  bucket.reset();
  bucket.on(ListObjectVersionsCommand).resolves({});
  table.on(GetCommand).resolves({});
  table.on(TransactWriteCommand).resolves({});
  table
    .on(GetCommand, { TableName: 'main', Key: versionKey({ orgId, appId }), ConsistentRead: true })
    .resolves({ Item: { kind: 'application-version', version: 1 } });
  table
    .on(GetCommand, { TableName: 'main', Key: messageKey({ orgId, appId, messageId }), ConsistentRead: true })
    .resolves({ Item: { kind: 'message', expiresAt: Math.floor(Date.now() / 1000) + 100 } });
});

test('content is taken away with 204, and a log line and a metric say so by ids', async () => {
  await expect(expunge()).resolves.toMatchObject({ statusCode: 204, body: '' });
  expect(lines).toContainEqual(
    expect.objectContaining({
      ...{ message: 'content.expunged', org_id: orgId, app_id: appId, msg_id: messageId, outcome: 'expunged' },
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ ContentExpunged: 1 }));
});

test('the object that has its payload goes in all its versions, once the table says so', async () => {
  const Key = payloadObjectKey({ orgId, appId, messageId });
  bucket.on(ListObjectVersionsCommand, { Bucket: 'payloads', Prefix: Key }).resolves({
    Versions: [
      { Key, VersionId: '1' },
      { Key, VersionId: '2' },
    ],
    DeleteMarkers: [{ Key, VersionId: '3' }],
  });
  bucket.on(DeleteObjectCommand).callsFake(() => {
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(1);
    return {};
  });
  await expect(expunge()).resolves.toMatchObject({ statusCode: 204 });
  const removed = bucket.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input);
  expect(removed).toEqual(['1', '2', '3'].map((VersionId) => ({ Bucket: 'payloads', Key, VersionId })));
});

test('an object that stays is a fault, and the caller tries again', async () => {
  bucket.on(ListObjectVersionsCommand).rejects(new Error('unreachable'));
  await expect(expunge()).rejects.toThrow('unreachable');
});

test("the application's own token may not take anything away", async () => {
  await expect(expunge([orgId, appId])).resolves.toMatchObject({ statusCode: 403 });
  expect(table.commandCalls(TransactWriteCommand)).toEqual([]);
});

test('what is not there is answered 404', async () => {
  await expect(expunge([orgId], path.replace(messageId, 'order-7'))).resolves.toMatchObject({ statusCode: 404 });
});

test('a table that fails is a fault of the function, and the caller tries again', async () => {
  table.on(TransactWriteCommand).rejects(new Error('unreachable'));
  await expect(expunge()).rejects.toThrow('unreachable');
});

test('without a token nothing is taken away, as by the sample event', async () => {
  const event: unknown = JSON.parse(readFileSync('services/archive/events/delete-message-content.json', 'utf8'));
  await expect(handler(event as APIGatewayProxyEventV2, {} as Context)).resolves.toMatchObject({ statusCode: 401 });
});
