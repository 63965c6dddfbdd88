import { readFileSync } from 'node:fs';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { idTimeMs } from '@fanfare/core/ids';
import { unpackPayload } from '@fanfare/core/payload';
import type { MessageRecord } from '@fanfare/events/message-record';
import { rejectedRecord } from '@fanfare/events/rejected-record';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { ORG_ID, tableBoundary } from './table-boundary.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  QUEUE_REJECTS_URL: 'http://sqs/rejects',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const boundary = tableBoundary(mockClient(DynamoDBDocumentClient));
const queue = mockClient(SQSClient);
const { handler } = await import('./ingest-events.ts');
const lines = loggedLines();

beforeEach(() => {
  boundary.reset();
  queue.reset();
  queue.on(SendMessageCommand).resolves({});
});

const sample = (name: string): SQSRecord => {
  const file = new URL(`../../events/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as SQSEvent).Records[0] as SQSRecord;
};

type Body = {
  readonly rule?: string;
  readonly organisation?: string;
  readonly event?: object;
  readonly [field: string]: unknown;
};

/** The sample of S3 with another rule or event, and for the application of the test. */
const ruled = ({ event = {}, ...rule }: Body = {}, messageId = crypto.randomUUID()): SQSRecord => {
  const record = sample('event-of-s3');
  const body = JSON.parse(record.body) as { event: object };
  const given = { ...body, organisation: ORG_ID, application: 'customer-7', applicationPath: null, ...rule };
  return { ...record, messageId, body: JSON.stringify({ ...given, event: { ...body.event, ...event } }) };
};

const take = async (...Records: SQSRecord[]) => (await handler({ Records })).batchItemFailures;
const payloads = () =>
  boundary.messages().map((item) => {
    const { encoding, payload } = item as unknown as MessageRecord;
    return new TextDecoder().decode(unpackPayload({ encoding, bytes: payload }));
  });
const reasons = () =>
  queue
    .commandCalls(SendMessageCommand)
    .map(({ args: [{ input }] }) => rejectedRecord.parse(JSON.parse(input.MessageBody ?? '')).reasons);

test.each([
  ['event-of-s3', 'Object.Created'],
  ['event-of-codepipeline', 'CodePipeline.Pipeline.Execution.State.Change'],
  ['event-of-health', 'AWS.Health.Event'],
])('the sample %s becomes a message, whole', async (name, eventType) => {
  const record = sample(name);
  const body = { ...JSON.parse(record.body), organisation: ORG_ID, application: 'customer-7' };
  expect(await take({ ...record, body: JSON.stringify(body) })).toEqual([]);
  expect(boundary.messages()).toMatchObject([
    { eventType, acceptedAt: Number(record.attributes.SentTimestamp), correlationId: body.event.id },
  ]);
  expect(payloads()).toEqual([JSON.stringify(body.event)]);
});

test('an application is named by a field of the event, the type by the rule, and the payload may be the detail alone', async () => {
  const detail = { customer: { id: 'customer-7' }, price: 1.5 };
  const rule = { application: null, applicationPath: 'detail.customer.id', eventType: 'order.paid', payload: 'detail' };
  expect(await take(ruled({ ...rule, event: { detail } }))).toEqual([]);
  expect(boundary.messages()).toMatchObject([{ eventType: 'order.paid' }]);
  expect(payloads()).toEqual([JSON.stringify(detail)]);
});

test('numbers reach the message as EventBridge wrote them', async () => {
  const record = ruled({ payload: 'detail', event: { detail: { price: 'PRICE' } } });
  await take({ ...record, body: record.body.replace('"PRICE"', '12345678901234567890.50') });
  expect(payloads()).toEqual(['{"price":12345678901234567890.50}']);
});

test('an event that its bus delivers twice, or that is replayed a day later, is accepted once', async () => {
  await take(ruled());
  const later = ruled();
  later.attributes.SentTimestamp = String(Number(later.attributes.SentTimestamp) + 86_400_000);
  expect(await take(ruled(), later)).toEqual([]);
  expect(boundary.messages()).toHaveLength(1);
});

test('two rules that let the same event in make a message each', async () => {
  await take(ruled({ rule: 'one' }), ruled({ rule: 'other' }));
  expect(boundary.messages()).toHaveLength(2);
});

test('a message is listed at the time of its event', async () => {
  await take(ruled({ event: { time: '2026-11-29T10:00:00Z' } }));
  expect(boundary.messages().map(({ SK }) => idTimeMs(String(SK)))).toEqual([Date.parse('2026-11-29T10:00:00Z')]);
});

test.each<[string, Body, object]>([
  [
    'has no application at the path',
    { application: null, applicationPath: 'detail.tenant' },
    { loc: ['body', 'event', 'detail', 'tenant'] },
  ],
  [
    'has an object there',
    { application: null, applicationPath: 'detail.bucket' },
    { loc: ['body', 'event', 'detail', 'bucket'] },
  ],
  ['is of an application that is not there', { application: 'nobody' }, { loc: ['application'] }],
  ['has a detail-type without a letter', { event: { 'detail-type': '!!' } }, { loc: ['event', 'eventType'] }],
  [
    'has a detail that is no object',
    { payload: 'detail', event: { detail: [] } },
    { loc: ['body'], msg: 'must be a JSON object' },
  ],
  ['has no time', { event: { time: 'yesterday' } }, { loc: ['body', 'event', 'time'] }],
  ['is of a time to come', { event: { time: '2126-11-30T19:00:00Z' } }, { loc: ['body', 'event', 'time'] }],
  ['was written by a rule of a version to come', { v: 2 }, { loc: ['body', 'v'] }],
])('an event that %s is refused alone, with the reason', async (_title, given, reason) => {
  expect(await take(ruled({ rule: 'a' }), ruled(given), ruled({ rule: 'b' }))).toEqual([]);
  expect(boundary.messages()).toHaveLength(2);
  expect(reasons()).toMatchObject([[reason]]);
});

test('an event that cannot be written comes again alone', async () => {
  boundary.state.fails = ({ kind, eventType }) => {
    if (kind === 'message' && eventType === 'b') throw new Error('throttled');
  };
  const failing = ruled({ rule: 'b', eventType: 'b' });
  expect(await take(ruled(), failing)).toEqual([{ itemIdentifier: failing.messageId }]);
  expect(lines).toContainEqual(expect.objectContaining({ message: 'record.failed', message_id: failing.messageId }));
});
