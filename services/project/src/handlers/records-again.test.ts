import { readFileSync } from 'node:fs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { COUNTED_SINGLY_AFTER_MS } from '../domain/counted-singly.ts';
import { sortable } from '../domain/sequence.ts';

Object.assign(process.env, {
  STAGE: 'test',
  ONLY_SHARD: 'none',
  TABLE_NAME: 'main',
  BUS_NAME: 'fanfare-test-events',
  ARCHIVE_BUCKET: 'fanfare-test-archive',
  PAYLOADS_BUCKET: 'fanfare-test-payloads',
  SECRETS_KEY_ARN: 'arn:aws:kms:us-east-1:000000000000:key/secrets',
  QUEUE_QUARANTINE_URL: 'http://sqs.localhost/000000000000/quarantine',
  POWERTOOLS_SERVICE_NAME: 'project',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
});

const table = mockClient(DynamoDBDocumentClient);
const bridge = mockClient(EventBridgeClient);
const queue = mockClient(SQSClient);
const bucket = mockClient(S3Client);
const kms = mockClient(KMSClient);
const { handler } = await import('./project-stream.ts');
loggedLines();

const sample = (name: string) =>
  JSON.parse(readFileSync(`services/project/events/${name}.json`, 'utf8')) as DynamoDBStreamEvent & { shardId: string };
const { Records: attempts, shardId } = sample('stream-of-attempts-and-an-endpoint');
const [first, fourth] = attempts as [DynamoDBRecord, DynamoDBRecord];
const [broken] = sample('stream-of-an-unreadable-attempt').Records as [DynamoDBRecord];
const sequenceOf = ({ dynamodb }: DynamoDBRecord): string => sortable(dynamodb?.SequenceNumber ?? '');
const writtenAtMs = (record: DynamoDBRecord): number => (record.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000;

const statistics = () =>
  table
    .commandCalls(UpdateCommand)
    .map(({ args }) => args[0].input)
    .filter(({ ExpressionAttributeValues }) => ExpressionAttributeValues?.[':kind'] === 'statistics')
    .map(({ Key, ExpressionAttributeValues: { ':delivered': delivered = 0, ':failed': failed = 0 } = {} }) => ({
      shard: String(Key?.SK).split('#').at(-1),
      attempts: Number(delivered) + Number(failed),
    }));
const countersRead = () =>
  table.commandCalls(GetCommand).filter(({ args }) => args[0].input.ProjectionExpression === 'lastSequence');
const archivedAs = () => bucket.commandCalls(PutObjectCommand).map(({ args }) => args[0].input.Key);

const nowIs = (atMs: number): unknown => jest.spyOn(Date, 'now').mockReturnValue(atMs);

beforeEach(() => {
  for (const mock of [table, bridge, queue, bucket, kms]) mock.reset();
  nowIs(writtenAtMs(first) + 60_000);
  table.on(GetCommand).resolves({ Item: { kind: 'archive-key', wrapped: new Uint8Array([1]) } });
  table.on(GetCommand, { ProjectionExpression: 'lastSequence' }).resolves({});
  table.on(UpdateCommand).resolves({});
  table.on(BatchGetCommand).resolves({ Responses: { main: [] } });
  kms.on(DecryptCommand).resolves({ Plaintext: new Uint8Array(32) });
  bucket.on(PutObjectCommand).resolves({});
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => ({ Entries: Entries.map(() => ({ EventId: 'x' })) }));
  queue.on(SendMessageCommand).resolves({});
});

describe('records that are given again', () => {
  test('are announced, archived and counted by themselves, without a shard and without asking what was counted', async () => {
    await expect(handler({ Records: [first, fourth], redriven: true })).resolves.toEqual({ state: {} });
    expect(bridge.commandCalls(PutEventsCommand)).toHaveLength(1);
    expect(statistics()).toEqual(
      expect.arrayContaining([
        { shard: `single-${sequenceOf(first)}`, attempts: 1 },
        { shard: `single-${sequenceOf(fourth)}`, attempts: 1 },
      ]),
    );
    expect(countersRead()).toEqual([]);
    expect(archivedAs()).toEqual([
      `raw/2026-09-21T14/redriven-${first.eventID}/${sequenceOf(first)}-${sequenceOf(fourth)}.jsonl.gz`,
    ]);
  });

  test('and still cannot be read come back to the quarantine', async () => {
    await handler({ Records: [broken], redriven: true });
    expect(queue.commandCalls(SendMessageCommand)).toHaveLength(1);
    expect(statistics()).toEqual([]);
  });

  test('none at all are nothing to do', async () => {
    await expect(handler({ Records: [], redriven: true })).resolves.toEqual({ state: {} });
    expect(table.calls()).toEqual([]);
  });
});

describe('a batch of which a part is old', () => {
  test('counts that part by itself, first, and the rest in the row of its shard', async () => {
    nowIs(writtenAtMs(first) + COUNTED_SINGLY_AFTER_MS);
    expect(writtenAtMs(fourth)).toBeGreaterThan(writtenAtMs(first));
    await handler({ Records: [first, fourth], shardId } as DynamoDBStreamEvent);
    expect(statistics().slice(0, 2)).toEqual([
      { shard: `single-${sequenceOf(first)}`, attempts: 1 },
      { shard: shardId, attempts: 1 },
    ]);
  });

  test('counts nothing of it that the row of its shard has, and leaves word of that', async () => {
    nowIs(writtenAtMs(fourth) + COUNTED_SINGLY_AFTER_MS);
    table
      .on(GetCommand, { ProjectionExpression: 'lastSequence' })
      .resolves({ Item: { lastSequence: sequenceOf(first) } });
    await handler({ Records: [first, fourth], shardId } as DynamoDBStreamEvent);
    expect(statistics()).toEqual(
      expect.arrayContaining([
        { shard: `single-${sequenceOf(first)}`, attempts: 0 },
        { shard: `single-${sequenceOf(fourth)}`, attempts: 1 },
      ]),
    );
  });

  test('puts aside what cannot be read only when all of it went well', async () => {
    nowIs(writtenAtMs(first) + COUNTED_SINGLY_AFTER_MS);
    table.on(UpdateCommand, {}).rejects(new Error('throttled'));
    await expect(handler({ Records: [broken, first], shardId } as DynamoDBStreamEvent)).rejects.toThrow('throttled');
    expect(queue.commandCalls(SendMessageCommand)).toEqual([]);
  });
});
