import { inflateRawSync } from 'node:zlib';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type RejectedRecord, rejectedRecord } from '@fanfare/events/rejected-record';
import { mockClient } from 'aws-sdk-client-mock';
import { rejectsQueue } from './rejects-queue.ts';

const sqs = mockClient(SQSClient);
const reject = rejectsQueue(sqs as unknown as SQSClient, 'http://sqs/rejects');
const rejected = (record: unknown): RejectedRecord => ({
  v: 1,
  source: 'queue',
  rejectedAt: 1,
  reasons: [{ loc: ['body', 1], msg: 'is “wrong”' }],
  record,
});

beforeEach(() => {
  sqs.reset();
  sqs.on(SendMessageCommand).resolves({});
});

const sent = async (record: unknown) => {
  await reject(rejected(record));
  const { input } = sqs.commandCalls(SendMessageCommand)[0]?.args[0] ?? { input: undefined };
  const text = input?.MessageBody ?? '';
  return { text, body: rejectedRecord.parse(JSON.parse(text)), attributes: input?.MessageAttributes };
};

test('a record lies among the rejects as it was, with its reasons', async () => {
  const record = { body: 'with \u0000, \uffff and \ud83c alone' };
  const { text, body, attributes } = await sent(record);
  expect(body).toEqual(rejected(record));
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(attributes).toEqual({ reason: { DataType: 'String', StringValue: 'body.1 is ?wrong?' } });
});

test('one too large for the queue lies there deflated', async () => {
  const record = { body: 'ä'.repeat(200_000) };
  const { text, body } = await sent(record);
  expect(text.length).toBeLessThan(256 * 1024);
  const { deflatedRecord = '' } = body;
  expect(JSON.parse(inflateRawSync(Buffer.from(deflatedRecord, 'base64')).toString())).toEqual(record);
});

test('of one that is too large even so, the beginning lies there', async () => {
  const noise = Array.from({ length: 8 }, () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64'),
  ).join('');
  const { text, body } = await sent({ body: noise });
  expect(body).toMatchObject({ recordStart: expect.stringContaining(noise.slice(0, 1_000)) });
  expect(text.length).toBeLessThan(256 * 1024);
});
