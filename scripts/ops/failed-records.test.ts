import { concerned } from './failed-records.ts';

const record = (messageId: string) => ({
  eventID: '1',
  dynamodb: { Keys: { PK: { S: 'org_1#app_1#MSGS#00' }, SK: { S: messageId } }, SequenceNumber: '1' },
});
const ref = (messageId: string) => ({ orgId: 'org_1', appId: 'app_1', messageId });
const info = {
  approximateArrivalOfFirstRecord: '2026-11-25T10:00:00Z',
  approximateArrivalOfLastRecord: '2026-11-25T10:05:00Z',
};
const of = (body: unknown) => concerned(typeof body === 'string' ? body : JSON.stringify(body));

describe('a record of a failure store', () => {
  test('of the quarantine is about its message, with its image or without', () => {
    const image = { ...record('msg_1'), dynamodb: { ...record('msg_1').dynamodb, NewImage: { x: { S: 'y' } } } };
    for (const body of [record('msg_1'), image]) expect(of(body)).toEqual({ kind: 'messages', refs: [ref('msg_1')] });
  });

  test.each([
    ['as they were', { Records: [record('msg_1'), record('msg_2')] }],
    ['as text', JSON.stringify({ Records: [record('msg_1'), record('msg_2')] })],
  ])('in the bucket is about the messages of its records, %s', (_title, payload) => {
    expect(of({ DDBStreamBatchInfo: info, payload })).toEqual({
      kind: 'messages',
      refs: [ref('msg_1'), ref('msg_2')],
    });
  });

  test('that has lost its records is about the time they came in, and a little more', () => {
    expect(of({ DDBStreamBatchInfo: info })).toEqual({
      kind: 'span',
      span: { fromMs: Date.parse('2026-11-25T09:57:00Z'), untilMs: Date.parse('2026-11-25T10:08:00Z') },
    });
  });

  test('of a batch is fanned out when fan-out gave it up, and left when the other reader of the stream did', () => {
    const givenUpBy = (name: string) => ({
      requestContext: { functionArn: `arn:aws:lambda:us-east-1:1:function:fanfare-dev-${name}:live` },
      DDBStreamBatchInfo: info,
    });
    expect(of(givenUpBy('fan-out'))).toMatchObject({ kind: 'span' });
    expect(of(givenUpBy('project-stream'))).toMatchObject({ kind: 'unreadable' });
  });

  test.each([
    ['as text', JSON.stringify({ Records: [{ eventID: '1' }] })],
    ['as it was', { Records: [{ eventID: '1' }] }],
  ])('of the intake stream is taken in again, its records %s', (_title, payload) => {
    expect(of({ KinesisBatchInfo: { shardId: '1' }, payload })).toEqual({
      kind: 'intake',
      records: [{ eventID: '1' }],
    });
  });

  test('of a call that nobody waited for is about its function and what that was called with', () => {
    const functionArn = 'arn:aws:lambda:us-east-1:1:function:fanfare-dev-activate-endpoint:live';
    const requestContext = { functionArn, condition: 'RetriesExhausted', approximateInvokeCount: 2 };
    const call = { version: '1.0', requestContext, requestPayload: { a: 1 }, responsePayload: { errorType: 'Error' } };
    expect(of(call)).toEqual({ kind: 'call', functionName: 'fanfare-dev-activate-endpoint', event: { a: 1 } });
    expect(of({ ...call, requestContext: { ...requestContext, functionArn: 'nobody' } })).toMatchObject({
      kind: 'unreadable',
    });
  });

  test.each([
    ['a batch of the intake stream without its records', { KinesisBatchInfo: {}, payload: '{}' }],
    ['text', 'nonsense'],
    ['no record', { a: 1 }],
    ['a record of another item', { dynamodb: { Keys: { PK: { S: 'org_1#app_1' }, SK: { S: 'VERSION' } } } }],
    ['times that are none', { DDBStreamBatchInfo: { ...info, approximateArrivalOfLastRecord: 'soon' } }],
  ])('that is %s is left, with a reason', (_title, body) => {
    expect(of(body)).toMatchObject({ kind: 'unreadable', reason: expect.any(String) });
  });
});
