import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { domainEvent } from '@fanfare/events/domain-event';
import { jest } from '@jest/globals';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';

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
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const table = mockClient(DynamoDBDocumentClient);
const bridge = mockClient(EventBridgeClient);
const queue = mockClient(SQSClient);
const bucket = mockClient(S3Client);
const kms = mockClient(KMSClient);
const { handler } = await import('./project-stream.ts');
const lines = loggedLines();

type StreamEvent = DynamoDBStreamEvent & { readonly shardId?: string };
const sample = (name: string) =>
  JSON.parse(readFileSync(`services/project/events/${name}.json`, 'utf8')) as Required<StreamEvent>;
const event = sample('stream-of-attempts-and-an-endpoint');
const [first, fourth, fifth, disabled] = event.Records as [
  DynamoDBRecord,
  DynamoDBRecord,
  DynamoDBRecord,
  DynamoDBRecord,
];
const [message, damaged] = sample('stream-of-messages').Records as [DynamoDBRecord, DynamoDBRecord];
const [broken] = sample('stream-of-an-unreadable-attempt').Records as [DynamoDBRecord];
const of = (...Records: DynamoDBRecord[]): StreamEvent => ({ ...event, Records });

const changedIn = (record: DynamoDBRecord, image: object): DynamoDBRecord =>
  ({ ...record, dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb?.NewImage, ...image } } }) as never;

const published = () =>
  bridge
    .commandCalls(PutEventsCommand)
    .flatMap(({ args }) => args[0].input.Entries ?? [])
    .map(({ Detail = '' }) => domainEvent.parse(JSON.parse(Detail)));
const written = () => table.commandCalls(UpdateCommand).map(({ args }) => args[0].input);
const rowsOf = (kind: string) => written().filter((row) => row.ExpressionAttributeValues?.[':kind'] === kind);
const rows = () => rowsOf('statistics');
const usage = () => rowsOf('usage');
const archived = () =>
  bucket.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => ({
    key: input.Key,
    rows: gunzipSync(input.Body as Uint8Array)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  }));
const quarantined = () => queue.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(1_790_000_060_000); // a minute after the samples were written
  for (const mock of [table, bridge, queue, bucket, kms]) mock.reset();
  table.on(GetCommand).resolves({ Item: { kind: 'archive-key', wrapped: new Uint8Array([1]) } });
  kms.on(DecryptCommand).resolves({ Plaintext: new Uint8Array(32) });
  bucket.on(PutObjectCommand).resolves({});
  table.on(UpdateCommand).resolves({});
  table.on(BatchGetCommand).resolves({ Responses: { main: [] } });
  bridge.on(PutEventsCommand).callsFake(({ Entries }) => ({ Entries: Entries.map(() => ({ EventId: 'x' })) }));
  queue.on(SendMessageCommand).resolves({});
});

describe('a background task that ended', () => {
  const task = {
    ...{ PK: { S: 'org_2mVZK7hQe1cYxTn4uRbWdGsLp9A#TASKS' }, SK: { S: 'qtask_2mVZKAbC3dEfGhIjKlMnOpQrStU' } },
    ...{ kind: { S: 'background-task' }, task: { S: 'endpoint.recover' }, status: { S: 'finished' } },
    ...{ appId: { S: 'app_2mVZKAbC3dEfGhIjKlMnOpQrStU' }, endpointId: { S: 'ep_2mVZKCbC3dEfGhIjKlMnOpQrStU' } },
    ...{ sent: { N: '3' }, updatedAt: { N: '1796000000000' } },
  };
  const record = { ...first, eventName: 'MODIFY', dynamodb: { ...first.dynamodb, NewImage: task } } as DynamoDBRecord;

  test('is announced, and counts nothing', async () => {
    await handler(of(record));
    expect(published()).toMatchObject([{ type: 'background_task.finished', data: { taskId: task.SK.S } }]);
    expect(rows()).toEqual([]);
  });

  test('that cannot be read is put aside', async () => {
    await handler(of(changedIn(record, { status: { S: 'unheard of' } })));
    await handler(of(changedIn(record, { PK: { S: 'org_1#app_1' } })));
    expect(quarantined()).toHaveLength(2);
    expect(published()).toEqual([]);
  });
});

describe('a batch of the stream', () => {
  test('is announced and counted, and the window gets its state back', async () => {
    await expect(handler(event)).resolves.toEqual({ state: {} });
    expect(published().map(({ type }) => type)).toEqual([
      'message.attempt.failing',
      'message.attempt.recovered',
      'endpoint.disabled',
    ]);
    expect(published()[2]?.data).toMatchObject({ endpointUid: 'mine', trigger: 'automatic', reason: 'failing' });
    expect(rows()[0]).toMatchObject({
      TableName: 'main',
      Key: { SK: expect.stringMatching(/^ep_\w+#2026-09-21T14#shardId-00000001790000000000-f55eea83$/) },
      ExpressionAttributeValues: { ':delivered': 2, ':failed': 1 },
    });
  });

  test('is archived as one object that is named by the batch, without a word of what endpoints answered', async () => {
    await handler(event);
    const [object, ...others] = archived();
    expect(others).toEqual([]);
    expect(object?.key).toMatch(
      /^raw\/2026-09-21T14\/shardId-00000001790000000000-f55eea83\/\d{40}-\d{40}\.jsonl\.gz$/,
    );
    expect(object?.rows).toHaveLength(3);
    expect(object?.rows[0]).toMatchObject({ v: 1, kind: 'attempt', status_code: 200, content: expect.any(String) });
  });

  test('of an attempt whose answer was expunged is archived, and neither counted nor announced again', async () => {
    const gone = changedIn(fourth, { response: { S: 'EXPUNGED' }, expungedAt: { N: '1790000009000' } });
    await handler(of({ ...gone, eventName: 'MODIFY' }));
    expect(archived()[0]?.rows).toEqual([expect.objectContaining({ expunged_at: 1_790_000_009_000 })]);
    expect(rows()).toEqual([]);
    expect(published()).toEqual([]);
  });

  test('of a message that was expunged, called off or put back counts no usage, and announces nothing', async () => {
    const gone = changedIn(message, { expungedAt: { N: '1790000009000' }, payloadExpiresAt: { N: '0' } });
    const calledOff = changedIn(message, { cancelledAt: { N: '1790000009000' } });
    const putBack = changedIn(message, { restoredAt: { N: '1790000009000' } });
    await handler(of({ ...gone, eventName: 'MODIFY' }, { ...calledOff, eventName: 'MODIFY' }, putBack));
    expect(written()).toEqual([]);
    expect(published()).toEqual([]);
    expect(archived()[0]?.rows).toMatchObject([
      { kind: 'message', expunged_at: 1_790_000_009_000 },
      { kind: 'message', cancelled_at: 1_790_000_009_000 },
    ]);
    expect(quarantined()).toEqual([]);
  });

  test('of successes is two writes, no read and no call of the bus', async () => {
    await handler(of(first));
    expect(written()).toHaveLength(2);
    expect(table.commandCalls(BatchGetCommand)).toEqual([]);
    expect(published()).toEqual([]);
  });

  test('counts what an application used: messages, their bytes as they were posted, and attempts', async () => {
    await handler(of(message, first));
    expect(usage()).toHaveLength(1);
    expect(usage()[0]).toMatchObject({
      Key: {
        PK: expect.stringMatching(/^USAGE#2026-09-21#[0-7]$/),
        SK: expect.stringMatching(/^org_\w+#app_\w+#2026-09-21T14#shardId-00000001790000000000-f55eea83$/),
      },
      ExpressionAttributeValues: { ':messages': 1, ':bytes': 30, ':attempts': 1 },
    });
  });

  test('asks for uids and event ids alone, and carries them', async () => {
    table.on(BatchGetCommand).callsFake(({ RequestItems }) => ({
      Responses: {
        main: RequestItems.main.Keys.map((key: { SK: string }) =>
          key.SK === 'VERSION' ? { ...key, uid: 'customer-7' } : { ...key, eventId: 'order-7' },
        ),
      },
    }));
    await handler(of(fourth));
    expect(published()[0]?.data).toMatchObject({ appUid: 'customer-7', msgEventId: 'order-7' });
    const { ProjectionExpression, ExpressionAttributeNames = {} } =
      table.commandCalls(BatchGetCommand)[0]?.args[0].input.RequestItems?.main ?? {};
    expect(ProjectionExpression?.split(', ').map((name) => ExpressionAttributeNames[name])).toEqual([
      'PK',
      'SK',
      'uid',
      'eventId',
    ]);
  });

  test('counts only what the row does not have yet, where an earlier try got half way', async () => {
    const lastSequence = (fourth.dynamodb?.SequenceNumber ?? '').padStart(40, '0');
    table.on(UpdateCommand).callsFake(({ ExpressionAttributeValues, ConditionExpression }) => {
      if (ExpressionAttributeValues[':kind'] === 'usage' || ConditionExpression === 'lastSequence = :seen') return {};
      throw new ConditionalCheckFailedException({
        message: 'no',
        $metadata: {},
        Item: { lastSequence: { S: lastSequence } },
      });
    });
    await handler(of(first, fourth, fifth));
    const again = rows().find(({ ConditionExpression }) => ConditionExpression === 'lastSequence = :seen');
    expect(again?.ExpressionAttributeValues).toMatchObject({ ':delivered': 1, ':seen': lastSequence });
    expect(again?.ExpressionAttributeValues).not.toHaveProperty(':failed');
  });

  test('at the end of a window holds nothing, and nothing is done or logged', async () => {
    await expect(handler(sample('the-end-of-a-window'))).resolves.toEqual({ state: {} });
    expect(table.calls()).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('that names no shard is refused: what it counts could be lost', async () => {
    const { shardId: _, ...nameless } = event;
    await expect(handler(nameless)).rejects.toThrow('the event source names no shard');
    expect(table.commandCalls(UpdateCommand)).toEqual([]);
  });

  test.each([
    ['the table', () => table.on(UpdateCommand).rejects(new Error('throttled'))],
    ['the reading of names', () => table.on(BatchGetCommand).rejects(new Error('throttled'))],
    ['the bus', () => bridge.on(PutEventsCommand).rejects(new Error('throttled'))],
    ['the archive', () => bucket.on(PutObjectCommand).rejects(new Error('throttled'))],
    ['the quarantine', () => queue.on(SendMessageCommand).rejects(new Error('throttled'))],
  ])('fails as a whole when %s fails, so that the event source offers it again', async (_title, breakIt) => {
    breakIt();
    await expect(handler(of(fourth, broken))).rejects.toThrow('throttled');
  });

  test('writes one metric line, and neither URL nor answer nor secret anywhere', async () => {
    await handler({ ...event, Records: [...event.Records, broken] });
    expect(lines.filter((line) => '_aws' in line)).toEqual([
      expect.objectContaining({
        ...{ service: 'project', stage: 'test' },
        ...{ ChangeProjected: 4, DomainEventPublished: 3, RecordQuarantined: 1 },
      }),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/example\.com|c2VjcmV0/);
    expect(JSON.stringify(published())).not.toMatch(/example\.com|c2VjcmV0/);
  });
});

describe('a message whose payload is in an object', () => {
  const { payload: _, ...image } = message.dynamodb?.NewImage ?? {};
  const payloadObject = { M: { bytes: { N: '90000' }, packedBytes: { N: '4' } } };
  const large = {
    ...message,
    dynamodb: { ...message.dynamodb, NewImage: { ...image, payloadObject } },
  } as DynamoDBRecord;
  const answer = (bytes: number) => ({
    ContentLength: bytes,
    Body: {
      transformToByteArray: async () => new Uint8Array(bytes),
      transformToWebStream: () => new ReadableStream(),
    } as never,
  });
  const puts = () => bucket.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => input);

  test('is archived as a sealed object of its own, from the bucket of payloads', async () => {
    bucket.on(GetObjectCommand).resolves(answer(4));
    await handler(of(large));
    expect(bucket.commandCalls(GetObjectCommand)[0]?.args[0].input.Bucket).toBe('fanfare-test-payloads');
    const [content, rows] = puts();
    expect(content).toMatchObject({
      Bucket: 'fanfare-test-archive',
      Key: expect.stringMatching(/^content\/app_\w+\/msg_\w+$/),
    });
    expect(Buffer.from((content?.Body ?? []) as Uint8Array).length).toBeGreaterThan(4);
    expect(rows?.Key).toMatch(/^raw\//);
    expect(usage()[0]?.ExpressionAttributeValues).toMatchObject({ ':bytes': 90_000 });
  });

  test('that is gone is archived without it', async () => {
    bucket.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: {} }));
    await handler(of(large));
    expect(puts().map(({ Key = '' }) => Key.split('/')[0])).toEqual(['raw']);
  });

  test('that is damaged is archived without it and told in the log, so that it does not hold up its shard', async () => {
    bucket.on(GetObjectCommand).resolves(answer(5));
    await handler(of(large));
    expect(puts().map(({ Key = '' }) => Key.split('/')[0])).toEqual(['raw']);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'payload.damaged', level: 'ERROR' }));
  });

  test('that cannot be read fails the batch, so that the event source offers it again', async () => {
    bucket.on(GetObjectCommand).rejects(new Error('slow down'));
    await expect(handler(of(large))).rejects.toThrow('slow down');
    expect(puts()).toEqual([]);
  });
});

describe('a record that cannot be read', () => {
  test('is put aside, whole, and the others are counted', async () => {
    await handler(of(broken, first));
    expect(rows()).toHaveLength(1);
    expect(quarantined()).toHaveLength(1);
    expect(JSON.parse(quarantined()[0]?.MessageBody ?? '')).toEqual(broken);
    expect(quarantined()[0]?.MessageAttributes?.reason?.StringValue).toMatch(/^attemptedAt: /);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'record.quarantined' }));
  });

  test.each([
    ['of a message whose payload is damaged', damaged],
    ['of a message under the key of something else', changedIn(message, { SK: { S: 'VERSION' } })],
    ['of a message without a payload', changedIn(message, { payload: { S: 'text' } })],
    ['without an image', { ...first, dynamodb: { SequenceNumber: '1' } }],
    ['without a sequence number', { ...first, dynamodb: { ...first.dynamodb, SequenceNumber: undefined } }],
    ['with a number that no program can hold', changedIn(first, { attempt: { N: '99999999999999999999' } })],
    ['of another kind', changedIn(first, { kind: { S: 'usage' } })],
    ['of an attempt under the key of something else', changedIn(first, { SK: { S: 'VERSION' } })],
    ['of an attempt with ids that are none', changedIn(first, { PK: { S: 'org_1#app_1#msg_1' } })],
    ['of an endpoint under the key of something else', changedIn(disabled, { SK: { S: 'VERSION' } })],
    ['of an endpoint with half of its fields', changedIn(disabled, { disabled: { S: 'yes' } })],
    [
      'of an endpoint whose old image cannot be read',
      { ...disabled, dynamodb: { ...disabled.dynamodb, OldImage: { kind: { S: 'endpoint' } } } },
    ],
  ])('is put aside: %s', async (_title, record) => {
    await handler(of(record as DynamoDBRecord, first));
    expect(quarantined()).toHaveLength(1);
    expect(rows()).toHaveLength(1);
    expect(published()).toEqual([]);
  });

  test('does not fill the quarantine with repeats while a dependency keeps failing', async () => {
    table.on(UpdateCommand).rejects(new Error('throttled'));
    await expect(handler(of(broken, first))).rejects.toThrow('throttled');
    expect(quarantined()).toEqual([]);
  });
});
