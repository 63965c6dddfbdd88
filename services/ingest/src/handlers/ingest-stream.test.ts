import { readFileSync } from 'node:fs';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { unpackPayload } from '@fanfare/core/payload';
import type { MessageRecord } from '@fanfare/events/message-record';
import { rejectedRecord } from '@fanfare/events/rejected-record';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { ORG_ID, tableBoundary } from './table-boundary.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  QUEUE_REJECTS_URL: 'http://sqs/rejects',
  ORGANISATIONS: `org_4Mq5TGbQ0dJkGeUYCy8DDHOlVEZ,${ORG_ID}`,
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const table = mockClient(DynamoDBDocumentClient);
const boundary = tableBoundary(table);
const queue = mockClient(SQSClient);
const { handler } = await import('./ingest-stream.ts');
const lines = loggedLines();

beforeEach(() => {
  boundary.reset();
  queue.reset();
  queue.on(SendMessageCommand).resolves({});
});

const file = new URL('../../events/stream-records.json', import.meta.url);
const [sample] = (JSON.parse(readFileSync(file, 'utf8')) as KinesisStreamEvent).Records as [KinesisStreamRecord];

/** A record at a place of its shard, as the event source hands it over. */
const record = (place: number, data: string | Buffer): KinesisStreamRecord => ({
  ...sample,
  eventID: `shardId-000000000006:${place}`,
  kinesis: { ...sample.kinesis, sequenceNumber: String(place), data: Buffer.from(data).toString('base64') },
});
const text = (number: number, more: object = {}): string => {
  const given = { v: 1, organisation: ORG_ID, application: 'customer-7', message: 'MESSAGE', ...more };
  return JSON.stringify(given).replace('"MESSAGE"', `{"eventType":"a","payload":{"number":${number}, "price":1.50}}`);
};
/** A day after the sample's arrival. */
const LATER = '2026-12-01T19:00:00Z';
const take = (...Records: KinesisStreamRecord[]) => handler({ Records });
const bodies = () =>
  boundary.messages().map((item) => {
    const { encoding, payload } = item as unknown as MessageRecord;
    return new TextDecoder().decode(unpackPayload({ encoding, bytes: payload }));
  });
const rejects = () =>
  queue
    .commandCalls(SendMessageCommand)
    .map(({ args: [{ input }] }) => rejectedRecord.parse(JSON.parse(input.MessageBody ?? '')));

test('records are accepted, byte for byte, for one read of their application', async () => {
  await take(...Array.from({ length: 100 }, (_, number) => record(number, text(number))));
  expect(bodies().toSorted()).toEqual(
    Array.from({ length: 100 }, (_, number) => `{"number":${number}, "price":1.50}`).toSorted(),
  );
  expect(boundary.messages()[0]).toMatchObject({ acceptedAt: 1_796_065_200_123 });
  expect(table.commandCalls(GetCommand).length).toBeLessThanOrEqual(2); // the uid once, the version once
});

test.each([
  ['the partition key', 'in_1', text(1), 'in_1'],
  ['a digest of a partition key that cannot be one', 'in/1', text(1), expect.stringMatching(/^[\w-]{43}$/)],
  [
    'the key that the message names',
    'in_1',
    text(1, { message: { eventType: 'a', payload: {}, orderingKey: 'k' } }),
    'k',
  ],
])('the ordering key is %s', async (_title, partitionKey, data, orderingKey) => {
  const one = record(1, data.replace('"eventType":"a"', `"eventType":"a","deliverAt":"${LATER}"`));
  await take({ ...one, kinesis: { ...one.kinesis, partitionKey } });
  expect(boundary.messages()).toMatchObject([{ orderingKey }]); // what waits for its time keeps its key
});

test('a batch that is offered again, whole or bisected, makes the same messages and changes nothing', async () => {
  const records = Array.from({ length: 10 }, (_, number) => record(number, text(number)));
  await take(...records);
  const before = boundary.messages();
  boundary.state.version = 4;
  await take(...records);
  await take(...records.slice(5));
  expect(boundary.messages()).toEqual(before);
});

test('the same text at two places of the stream is two messages', async () => {
  await take(record(1, text(1)), record(2, text(1)));
  expect(boundary.messages()).toHaveLength(2);
});

test.each<[string, string | Buffer, object[]]>([
  ['is no JSON', 'secret-text', [{ loc: ['body'], msg: 'is not JSON' }]],
  ['is no text', Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), [{ loc: ['body'], msg: 'is not UTF-8' }]],
  ['is of a version to come', text(1, { v: 2 }), [{ loc: ['body', 'v'] }]],
  ['has no message', text(1, { message: undefined }), [{ loc: ['body', 'message'] }]],
  ['has a bad message', text(1, { message: { eventType: 'a b' } }), [{ loc: ['message', 'eventType'] }]],
  ['has no payload', text(1, { message: { eventType: 'a' } }), [{ loc: ['message', 'payload'], msg: 'is missing' }]],
  [
    'is for an organisation that the stream is not for',
    text(1, { organisation: 'org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' }),
    [{ loc: ['body', 'organisation'] }],
  ],
  ['is for an application that is not there', text(1, { application: 'nobody' }), [{ loc: ['application'] }]],
])('a record that %s is put aside whole, with the reason, and the stream goes on', async (_title, data, reasons) => {
  await take(record(1, text(1)), record(2, data), record(3, text(3)));
  expect(bodies()).toHaveLength(2);
  expect(rejects()).toMatchObject([{ source: 'stream', reasons, record: record(2, data) }]);
  expect(lines).toContainEqual(
    expect.objectContaining({ message: 'record.rejected', event_id: record(2, '').eventID }),
  );
  expect(JSON.stringify(lines)).not.toContain('secret-text');
});

test('a record larger than the rejects take is put aside compressed', async () => {
  await take(record(1, `{"v":1,"note":"${'x'.repeat(900_000)}"}`));
  expect(rejects()).toMatchObject([{ deflatedRecord: expect.any(String) }]);
});

describe('when something that is needed fails', () => {
  test('the batch is offered again: nothing is skipped, and nothing is put aside twice', async () => {
    boundary.state.fails = ({ kind, correlationId }) => {
      if (kind === 'message' && correlationId === record(2, '').eventID) throw new Error('throttled');
    };
    const records = [record(1, text(1)), record(2, text(2)), record(3, 'no JSON'), record(4, text(4))];
    await expect(take(...records)).rejects.toThrow('1 of 4 records could not be taken in');
    expect(bodies()).toHaveLength(2);
    expect(rejects()).toEqual([]);
    boundary.state.fails = () => {};
    await take(...records);
    expect(bodies()).toHaveLength(3);
    expect(rejects()).toHaveLength(1);
  });

  test('so is one of which a record cannot be put aside', async () => {
    queue.on(SendMessageCommand).rejects(new Error('throttled'));
    await expect(take(record(1, text(1)), record(2, 'no JSON'))).rejects.toThrow('1 of 2 records');
  });

  test('so is one whose application cannot be read', async () => {
    table.on(GetCommand).rejects(new Error('throttled'));
    await expect(take(record(1, text(1)))).rejects.toThrow('throttled');
  });
});
