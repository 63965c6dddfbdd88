import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { rawKey } from '@fanfare/core/archive/archive-names';
import { endpointKey, messageKey, versionKey } from '@fanfare/core/keys';
import type { ArchivedMessage } from '@fanfare/events/archive-row';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { mockClient } from 'aws-sdk-client-mock';
import { type ReplayReport, replayMessages } from './archive-replay.ts';
import type { OpsStage } from './stage.ts';

const APP = { orgId: 'org_1', appId: 'app_1' };
const NOW = Date.now();
const [table, sns, s3, sqs] = [
  mockClient(DynamoDBDocumentClient),
  mockClient(SNSClient),
  mockClient(S3Client),
  mockClient(SQSClient),
];

const LANES = ['webhook', 'slow', 'aws'].map((lane) => [`queue/${lane}/url`, `https://sqs/${lane}`] as const);
const stage = {
  stage: 'test',
  clientOptions: { region: 'eu-central-1' },
  contract: new Map([
    ['table/name', 'table'],
    ['topic/deliveries/arn', 'arn:aws:sns:eu-central-1:1:deliveries'],
    ['bucket/archive/name', 'archive'],
    ['bucket/payloads/name', 'payloads'],
    ...LANES,
  ]),
  s3: new S3Client({}),
  sqs: new SQSClient({}),
} as unknown as OpsStage;

const endpoint = {
  ...{ kind: 'endpoint', id: 'ep_1', url: 'https://example.com', description: '', version: 1, disabled: false },
  ...{ metadata: {}, secrets: [], sinceVersion: 1, createdAt: '', updatedAt: '' },
};

const RAW_KEY = rawKey({ atMs: NOW, shard: 'shard', first: '1', last: '9' });
const application = { kind: 'application-version', version: 1 };

/** Messages in archive and table, in the order in which they were accepted, and the state that may change. */
const standing = (ids: readonly string[]) => {
  const state: { endpoint: object; application: object } = { endpoint, application };
  const rows = ids.map(
    (id, n): ArchivedMessage => ({
      ...{ v: 1, kind: 'message', org_id: APP.orgId, app_id: APP.appId, id, event_type: 'a', encoding: 'identity' },
      ...{ accepted_at: NOW - 10_000 + n, app_version: 1, correlation_id: `correlation-${id}` },
    }),
  );
  s3.on(ListObjectsV2Command).callsFake(({ Prefix }) => ({ Contents: Prefix === 'raw/' ? [{ Key: RAW_KEY }] : [] }));
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'none', $metadata: {} }));
  s3.on(GetObjectCommand, { Key: RAW_KEY }).callsFake(() => ({
    Body: Readable.from([gzipSync(rows.map((row) => JSON.stringify(row)).join('\n'))]),
  }));
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '0' } });
  table.on(GetCommand).resolves({});
  table.on(GetCommand, { Key: versionKey(APP) }).callsFake(async () => ({ Item: state.application }));
  table
    .on(GetCommand, { Key: endpointKey({ ...APP, endpointId: 'ep_1' }) })
    .callsFake(async () => ({ Item: state.endpoint }));
  for (const { id, accepted_at: acceptedAt } of rows) {
    const expiresAt = Math.floor(NOW / 1000) + 1000;
    table.on(GetCommand, { Key: messageKey({ ...APP, messageId: id }) }).resolves({
      Item: {
        ...{ kind: 'message', eventType: 'a', payload: Buffer.from('{}'), encoding: 'identity', acceptedAt },
        ...{ appVersion: 1, correlationId: `correlation-${id}`, payloadExpiresAt: expiresAt, expiresAt },
      },
    });
  }
  return state;
};

const published = (): readonly DeliveryTask[] =>
  sns
    .commandCalls(PublishBatchCommand)
    .flatMap(({ args: [{ input }] }) => input.PublishBatchRequestEntries ?? [])
    .map(({ Message }) => JSON.parse(Message ?? '') as DeliveryTask);

const replay = (name = 'once', signal = new AbortController().signal): Promise<ReplayReport> =>
  replayMessages(
    stage,
    { appId: APP.appId, fromMs: NOW - 60_000, untilMs: NOW },
    { endpointId: 'ep_1', name, days: 7, ratePerSecond: 500 },
    signal,
  );

beforeEach(() => {
  for (const mock of [table, sns, s3, sqs]) mock.reset();
  sns.on(PublishBatchCommand).resolves({});
});

describe('a replay from the archive', () => {
  test('asks for attempts by hand that wait as those of every replay do', async () => {
    standing(['msg_1', 'msg_2']);
    await expect(replay()).resolves.toMatchObject({ matched: 2, standing: 2, published: 2 });
    const part = { endpointId: 'ep_1', attempt: 1, trigger: 'manual', replay: true };
    expect(published()).toMatchObject([
      { ...part, messageId: 'msg_1' },
      { ...part, messageId: 'msg_2' },
    ]);
  });

  test('whose publishing fails half way asks for the very same attempts when it is run again', async () => {
    standing(['msg_1', 'msg_2', 'msg_3']);
    const throttled = Object.assign(new Error('too fast'), { name: 'Throttled' });
    sns.on(PublishBatchCommand).resolvesOnce({}).rejectsOnce(throttled).resolves({});
    await expect(replay()).rejects.toThrow('too fast');
    const before = published();
    await replay();
    const after = published().slice(before.length);
    expect(after.map(({ messageId }) => messageId)).toEqual(['msg_1', 'msg_2', 'msg_3']);
    expect(after.slice(0, 2)).toEqual(before);
  });

  test('of another name asks for other attempts', async () => {
    standing(['msg_1']);
    await replay('once');
    await replay('again');
    expect(new Set(published().map(({ copyId }) => copyId)).size).toBe(2);
  });

  test.each([
    ['becomes ordered', { orderedSince: NOW }, /is ordered.*What was published before is still sent/],
    ['is disabled', { disabled: true }, /is disabled.*waits until then, and the same command goes on/],
    ['is deleted', { deletedAt: '2026-01-01' }, /has no endpoint ep_1.*recorded as failed/],
  ])('publishes nothing more once its endpoint %s, and says what becomes of the rest', async (_title, change, why) => {
    const state = standing(['msg_1', 'msg_2']);
    sns.on(PublishBatchCommand).callsFake(async () => {
      state.endpoint = { ...endpoint, ...change };
      return {};
    });
    await expect(replay()).resolves.toMatchObject({ matched: 1, published: 1, stopped: expect.stringMatching(why) });
    expect(published()).toHaveLength(1);
  });

  test('ends where its application is deleted half way', async () => {
    const state = standing(['msg_1', 'msg_2']);
    sns.on(PublishBatchCommand).callsFake(async () => {
      state.application = { ...application, deletedAt: '2026-01-01' };
      return {};
    });
    const stopped = expect.stringContaining('was deleted');
    await expect(replay()).resolves.toMatchObject({ matched: 1, published: 1, stopped });
  });

  test('that is interrupted while it keeps to its pace ends with what the signal says', async () => {
    standing(['msg_1', 'msg_2']);
    const interruption = new AbortController();
    sns.on(PublishBatchCommand).callsFake(async () => {
      setImmediate(() => interruption.abort(new Error('Interrupted; run the same command again.')));
      return {};
    });
    await expect(replay('once', interruption.signal)).rejects.toThrow('Interrupted');
    expect(published()).toHaveLength(1);
  });

  test('publishes nothing while the breaker of its endpoint is open', async () => {
    const state = standing(['msg_1']);
    const breaker = { openedAt: NOW, until: Date.now() + 400, probes: 0, reason: 'failing' };
    state.endpoint = { ...endpoint, breaker };
    const asked = replay();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(published()).toEqual([]);
    state.endpoint = endpoint;
    await expect(asked).resolves.toMatchObject({ published: 1 });
  });
});
