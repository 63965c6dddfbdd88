import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unpackPayload } from '@fanfare/core/payload';
import type { MessageRecord } from '@fanfare/events/message-record';
import { rejectedRecord } from '@fanfare/events/rejected-record';
import type { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { APP_ID, ORG_ID, tableBoundary } from './table-boundary.fake.ts';

const OTHER_ORG_ID = 'org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  QUEUE_REJECTS_URL: 'http://sqs/rejects',
  TRUSTED_SENDERS: JSON.stringify({ [ORG_ID]: ['AROAORDERS0000000001'], [OTHER_ORG_ID]: ['AROAOTHER00000000001'] }),
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const table = mockClient(DynamoDBDocumentClient);
const boundary = tableBoundary(table);
const queue = mockClient(SQSClient);
const { handler } = await import('./ingest-queue.ts');
const lines = loggedLines();

beforeEach(() => {
  boundary.reset();
  queue.reset();
  queue.on(SendMessageCommand).resolves({});
});

const SENT_AT = Date.now() - 1_000;
type Given = Partial<Pick<SQSRecord, 'messageId' | 'body'>> & {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly senderId?: string;
};

/** A message as the event source hands it over. */
const queued = (number: number, { attributes = {}, senderId, ...more }: Given = {}): SQSRecord => {
  const named = { organisation: ORG_ID, application: 'customer-7', eventType: 'order.paid', ...attributes };
  return {
    messageId: `00000000-0000-4000-8000-00000000000${number}`,
    receiptHandle: 'handle',
    body: `{"number":${number}, "price":1.50}`,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(SENT_AT),
      SenderId: senderId ?? 'AROAORDERS0000000001:session',
      ApproximateFirstReceiveTimestamp: String(SENT_AT),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(named).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:1:intake',
    awsRegion: 'us-east-1',
    ...more,
  };
};

const take = async (...Records: SQSRecord[]) => (await handler({ Records })).batchItemFailures;
const bodies = () =>
  boundary.messages().map((item) => {
    const { encoding, payload } = item as unknown as MessageRecord;
    return new TextDecoder().decode(unpackPayload({ encoding, bytes: payload ?? new Uint8Array() }));
  });
const rejects = () =>
  queue.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => {
    const body = rejectedRecord.parse(JSON.parse(input.MessageBody ?? ''));
    return { ...body, record: body.record as SQSRecord, url: input.QueueUrl, attributes: input.MessageAttributes };
  });

test('messages of a batch are accepted, byte for byte, with what their attributes say', async () => {
  const attributes = {
    channels: 'eu, us',
    tags: 'user:7, order_9',
    payloadRetentionHours: '7',
    correlation_id: 'trace-1',
  };
  expect(await take(queued(1, { attributes }), queued(2))).toEqual([]);
  expect(bodies().toSorted()).toEqual(['{"number":1, "price":1.50}', '{"number":2, "price":1.50}']);
  expect(boundary.messages()).toContainEqual(
    expect.objectContaining({
      ...{
        PK: `${ORG_ID}#${APP_ID}#MSGS#00`,
        eventType: 'order.paid',
        channels: ['eu', 'us'],
        tags: ['user:7', 'order_9'],
        appVersion: 3,
      },
      ...{ correlationId: 'trace-1', acceptedAt: SENT_AT },
    }),
  );
  const periods = boundary.messages().map(({ payloadExpiresAt }) => Number(payloadExpiresAt) - Date.now() / 1000);
  expect(Math.min(...periods)).toBeCloseTo(7 * 3600, -2);
  expect(table.commandCalls(GetCommand).length).toBeLessThanOrEqual(2); // the uid once, the version once
  expect(lines).toContainEqual(expect.objectContaining({ MessageAccepted: 2 }));
});

test('a message that is received again is the same message, and changes nothing', async () => {
  await take(queued(1));
  const [before] = boundary.messages();
  boundary.state.version = 4;
  expect(await take(queued(1), queued(1))).toEqual([]);
  expect(boundary.messages()).toEqual([before]);
});

test('a dead letter that was put back is still the message that it was', async () => {
  await take(queued(1));
  const origin = `${queued(1).messageId} ${SENT_AT}`;
  await take(queued(2, { body: queued(1).body, attributes: { origin } }));
  expect(boundary.messages()).toHaveLength(1);
});

test.each([
  ['of a time to come', `00000000-0000-4000-8000-000000000001 ${SENT_AT + 1000}`],
  ['that is none', 'nonsense'],
])('an origin %s counts for nothing', async (_title, origin) => {
  expect(await take(queued(2, { attributes: { origin } }))).toEqual([]);
  expect(boundary.messages()).toMatchObject([{ acceptedAt: SENT_AT }]);
});

describe('a message that is refused', () => {
  test.each<[string, Given, object[]]>([
    ['has no JSON', { body: 'secret-text' }, [{ loc: ['body'], msg: 'is not JSON' }]],
    ['has a list for a payload', { body: '[1]' }, [{ loc: ['body'], msg: 'must be a JSON object' }]],
    ['has no event type', { attributes: { eventType: '' } }, [{ loc: ['attributes', 'eventType'], msg: 'is missing' }]],
    [
      'has an event type, channels and tags that break rules',
      { attributes: { eventType: 'a b', channels: 'x,y z', tags: 'x,' } },
      [
        { loc: ['attributes', 'eventType'] },
        { loc: ['attributes', 'channels', 1] },
        { loc: ['attributes', 'tags', 1] },
      ],
    ],
    ['is for an application that is not there', { attributes: { application: 'nobody' } }, [{ loc: ['application'] }]],
    [
      'is for an organisation that this queue is not for',
      { attributes: { organisation: 'org_4Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' } },
      [{ loc: ['attributes', 'organisation'], msg: 'its sender may not write for this organisation' }],
    ],
    [
      'is for the organisation of another sender',
      { attributes: { organisation: OTHER_ORG_ID } },
      [{ loc: ['attributes', 'organisation'] }],
    ],
    [
      'was sent by somebody else',
      { senderId: 'AROAOTHER00000000001:session' },
      [{ loc: ['attributes', 'organisation'] }],
    ],
  ])(
    'because it %s lies whole in the rejects with the reason, and its neighbours are accepted',
    async (_, given, reasons) => {
      expect(await take(queued(1), queued(2, given), queued(3))).toEqual([]);
      expect(bodies()).toHaveLength(2);
      const record = queued(2, given);
      expect(rejects()).toMatchObject([{ url: 'http://sqs/rejects', v: 1, source: 'queue', reasons, record }]);
      const logged = lines.filter(({ message }) => message === 'record.rejected');
      expect(logged).toEqual([expect.objectContaining({ level: 'WARN', message_id: record.messageId })]);
      expect(JSON.stringify(lines)).not.toContain('secret-text');
      expect(lines).toContainEqual(expect.objectContaining({ MessageRejected: 1 }));
    },
  );

  test('and fills the queue by itself lies there compressed', async () => {
    await take(queued(1, { body: `"${'ä'.repeat(120_000)}"` }));
    expect(rejects()[0]).toMatchObject({ deflatedRecord: expect.any(String), reasons: [{ loc: ['body'] }] });
  });

  test('comes again when the rejects cannot take it', async () => {
    queue.on(SendMessageCommand).rejects(new Error('throttled'));
    expect(await take(queued(1), queued(2, { body: '{' }))).toEqual([{ itemIdentifier: queued(2).messageId }]);
    expect(bodies()).toHaveLength(1);
  });
});

test('a message with the event id of one that stands was sent twice: it is dropped, and said', async () => {
  const attributes = { eventId: 'order-7' };
  expect(await take(queued(1, { attributes }))).toEqual([]);
  expect(await take(queued(2, { attributes }))).toEqual([]);
  expect(bodies()).toEqual(['{"number":1, "price":1.50}']);
  expect(rejects()).toEqual([]);
  expect(lines).toContainEqual(expect.objectContaining({ message: 'record.repeated', level: 'INFO' }));
});

describe('when the table does not take it', () => {
  test('a message comes again alone, and is not refused', async () => {
    boundary.state.fails = ({ kind, correlationId }) => {
      if (kind === 'message' && correlationId === queued(2).messageId) throw new Error('throttled');
    };
    expect(await take(queued(1), queued(2), queued(3))).toEqual([{ itemIdentifier: queued(2).messageId }]);
    expect(bodies()).toHaveLength(2);
    expect(rejects()).toEqual([]);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'record.failed', level: 'ERROR' }));
  });

  test('because nothing can be read, everything comes again and nothing is refused', async () => {
    table.on(GetCommand).rejects(new Error('throttled'));
    await expect(take(queued(1), queued(2, { body: '{' }))).rejects.toThrow('throttled');
    expect(rejects()).toEqual([]);
    expect(table.commandCalls(PutCommand)).toEqual([]);
  });
});
