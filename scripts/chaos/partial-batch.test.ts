import { describe, expect, test } from '@jest/globals';
import { NOTHING_DONE, partialBatch } from './partial-batch.ts';
import type { WireAnswer } from './wire.ts';

const json = (value: unknown): WireAnswer => ({
  status: 200,
  headers: { 'x-amz-crc32': '1', 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(value)),
});

const partOf = (operation: string, body: string, share = 0.5) => {
  const batch = partialBatch({ operation, body: Buffer.from(body) }, share);
  if (batch?.body === undefined) throw new Error('nothing of it is done');
  expect(batch.body).toHaveLength(Buffer.byteLength(body));
  const done = batch.body.toString('utf8');
  return { ...batch, done, parsed: () => JSON.parse(done) as unknown };
};

describe('a batch of which a part is done', () => {
  test('leaves keys unread and says which', () => {
    const Keys = ['a', 'b', 'c', 'd'].map((id) => ({ PK: { S: id } }));
    const part = partOf('BatchGetItem', JSON.stringify({ RequestItems: { t: { Keys, ConsistentRead: true } } }));
    expect(part.parsed()).toEqual({ RequestItems: { t: { Keys: Keys.slice(2), ConsistentRead: true } } });
    const answer = part.amend(json({ Responses: { t: [] }, UnprocessedKeys: {} }));
    expect(JSON.parse(answer.body.toString('utf8'))).toEqual({
      Responses: { t: [] },
      UnprocessedKeys: { t: { Keys: Keys.slice(0, 2), ConsistentRead: true } },
    });
    expect(answer.headers).not.toHaveProperty('x-amz-crc32');
  });

  test('leaves items unwritten and says which', () => {
    const writes = ['a', 'b'].map((id) => ({ DeleteRequest: { Key: { PK: { S: id } } } }));
    const part = partOf('BatchWriteItem', JSON.stringify({ RequestItems: { t: writes } }));
    expect(part.parsed()).toEqual({ RequestItems: { t: [writes[1]] } });
    const answer = part.amend(json({ UnprocessedItems: {} }));
    expect(JSON.parse(answer.body.toString('utf8'))).toEqual({ UnprocessedItems: { t: [writes[0]] } });
  });

  test('leaves messages of a queue unsent and says which', () => {
    const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: 'ü' }));
    const part = partOf('SendMessageBatch', JSON.stringify({ QueueUrl: 'q', Entries }), 1);
    expect(part.parsed()).toEqual({ QueueUrl: 'q', Entries: [Entries[2]] });
    const answer = JSON.parse(part.amend(json({ Successful: [{ Id: '3' }] })).body.toString('utf8'));
    expect(answer).toMatchObject({ Successful: [{ Id: '3' }], Failed: [{ Id: '1' }, { Id: '2' }] });
  });

  test('leaves messages of a topic unpublished and says which', () => {
    const entry = (n: number, id: string) =>
      `PublishBatchRequestEntries.member.${n}.Id=${id}&PublishBatchRequestEntries.member.${n}.Message=%7B%7D`;
    const part = partOf('PublishBatch', `Action=PublishBatch&TopicArn=t&${entry(1, '0')}&${entry(2, '1')}`);
    expect(part.done.replace(/&+$/, '')).toBe(`Action=PublishBatch&TopicArn=t&${entry(2, '1')}`);
    const body = Buffer.from('<R><PublishBatchResult><Successful/><Failed/></PublishBatchResult></R>');
    const answer = part.amend({ status: 200, headers: {}, body }).body.toString('utf8');
    expect(answer).toMatch(/<Successful\/><Failed><member><Id>0<\/Id><Code>InternalError<\/Code>/);
    expect(answer.match(/<Failed/g)).toHaveLength(1);
  });
});

describe('a batch of one', () => {
  test('to a queue is not sent, and its only message is handed back', () => {
    const batch = partialBatch({ operation: 'SendMessageBatch', body: Buffer.from('{"Entries":[{"Id":"1"}]}') }, 0.5);
    expect(batch?.body).toBeUndefined();
    const answer = batch?.amend(NOTHING_DONE).body.toString('utf8') ?? '';
    expect(JSON.parse(answer)).toMatchObject({ Successful: [], Failed: [{ Id: '1' }] });
  });

  test('to a topic is not published, and its only message is handed back', () => {
    const body = Buffer.from('Action=PublishBatch&PublishBatchRequestEntries.member.1.Id=0');
    const batch = partialBatch({ operation: 'PublishBatch', body }, 0.5);
    expect(batch?.body).toBeUndefined();
    expect(batch?.amend(NOTHING_DONE).body.toString('utf8')).toMatch(/<Successful\/><Failed><member><Id>0</);
  });
});

describe('what cannot be done in part', () => {
  test.each([
    ['a call of a single item', 'PutItem', '{}'],
    ['a read of a single key', 'BatchGetItem', '{"RequestItems":{"t":{"Keys":[{"PK":{"S":"a"}}]}}}'],
  ])('%s is not divided', (_title, operation, body) => {
    expect(partialBatch({ operation, body: Buffer.from(body) }, 0.5)).toBeUndefined();
  });
});
