import { workOfRecord } from './work-of-record.ts';

const record = (messageId: string) => ({
  eventID: '1',
  dynamodb: { Keys: { PK: { S: 'org_1#app_1#MSGS#00' }, SK: { S: messageId } }, SequenceNumber: '1' },
});
const whole = (messageId: string, text = 'y') => ({
  ...record(messageId),
  dynamodb: { ...record(messageId).dynamodb, NewImage: { x: { S: text } } },
});
const ref = (messageId: string) => ({ orgId: 'org_1', appId: 'app_1', messageId });
const info = {
  approximateArrivalOfFirstRecord: '2026-11-25T10:00:00Z',
  approximateArrivalOfLastRecord: '2026-11-25T10:05:00Z',
};
const of = (body: unknown, store = 'fanout-quarantine') =>
  workOfRecord(typeof body === 'string' ? body : JSON.stringify(body), 'dev', store);
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:1:function:fanfare-${name}:live`;

describe('a record of a failure store', () => {
  test('of the quarantine is about its message, with its image or without', () => {
    const image = { ...record('msg_1'), dynamodb: { ...record('msg_1').dynamodb, NewImage: { x: { S: 'y' } } } };
    for (const body of [record('msg_1'), image])
      expect(of(body)).toEqual({ kind: 'refan', requests: [{ refs: [ref('msg_1')] }] });
  });

  test('of the other reader’s quarantine is given to that reader again, whole', () => {
    expect(of(whole('msg_1'), 'project-quarantine')).toEqual({
      kind: 'call',
      functionName: 'project-stream',
      payloads: [JSON.stringify({ Records: [whole('msg_1')], redriven: true })],
    });
  });

  test('of that quarantine that has lost its image stays: it could be given there for ever', () => {
    expect(of(record('msg_1'), 'project-quarantine')).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('its image was too large'),
    });
  });

  test.each(['stream-failures', 'activate-endpoint-failures', 'constructor'])(
    'that was put aside by neither reader of the stream is left in %s, although it names a message',
    (store) =>
      expect(of(record('msg_1'), store)).toEqual({
        kind: 'unreadable',
        reason: expect.stringContaining('neither of those who read the stream'),
      }),
  );

  test.each([
    ['as they were', { Records: [record('msg_1'), record('msg_2')] }],
    ['as text', JSON.stringify({ Records: [record('msg_1'), record('msg_2')] })],
  ])('in the bucket is about the messages of its records, %s', (_title, payload) => {
    expect(of({ DDBStreamBatchInfo: info, payload })).toEqual({
      kind: 'refan',
      requests: [{ refs: [ref('msg_1'), ref('msg_2')] }],
    });
  });

  test('with more messages than one call takes is done by several, in their order', () => {
    const Records = Array.from({ length: 201 }, (_, number) => record(`msg_${number}`));
    const work = of({ DDBStreamBatchInfo: info, payload: { Records } });
    const requests = work.kind === 'refan' ? work.requests.map(({ refs }) => refs as unknown[]) : [];
    expect(requests.map(({ length }) => length)).toEqual([100, 100, 1]);
    expect(requests.flat()).toEqual(Records.map((_, number) => ref(`msg_${number}`)));
  });

  test('that has lost its records is about the time they came in, and a little more', () => {
    expect(of({ DDBStreamBatchInfo: info })).toEqual({
      kind: 'refan',
      requests: [{ fromMs: Date.parse('2026-11-25T09:57:00Z'), untilMs: Date.parse('2026-11-25T10:08:00Z') }],
    });
  });

  const givenUpBy = (name: string, payload?: object) => ({
    ...{ requestContext: { functionArn: arnOf(name) }, DDBStreamBatchInfo: info },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  });

  test('of a batch is fanned out when fan-out gave it up, and given to the other reader of the stream when that did', () => {
    const Records = Array.from({ length: 10 }, (_, number) => whole(`msg_${number}`, 'x'.repeat(50_000)));
    expect(of(givenUpBy('dev-fan-out', { Records }))).toMatchObject({ kind: 'refan' });
    const work = of(givenUpBy('dev-project-stream', { Records, shardId: 'shardId-1' }));
    expect(work).toMatchObject({ kind: 'call', functionName: 'project-stream' });
    const calls = work.kind === 'call' ? work.payloads.map((payload) => JSON.parse(payload) as object) : [];
    expect(calls.length).toBeGreaterThan(1);
    for (const call of calls) expect(call).toEqual({ Records: expect.any(Array), redriven: true });
    expect(calls.flatMap((call) => (call as { Records: unknown[] }).Records)).toEqual(Records);
  });

  test('of a batch of which only the position is left is about a time for fan-out, and stays for the other reader', () => {
    expect(of(givenUpBy('dev-fan-out'))).toMatchObject({ kind: 'refan', requests: [{ fromMs: expect.any(Number) }] });
    expect(of(givenUpBy('dev-project-stream'))).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('lost its records'),
    });
    expect(of(givenUpBy('dev-post-message', { Records: [record('msg_1')] }))).toMatchObject({ kind: 'unreadable' });
  });

  test.each([
    ['as text', JSON.stringify({ Records: [{ eventID: '1' }] })],
    ['as it was', { Records: [{ eventID: '1' }] }],
  ])('of the intake stream is taken in again, its records %s', (_title, payload) => {
    expect(of({ KinesisBatchInfo: { shardId: '1' }, payload })).toEqual({
      kind: 'call',
      functionName: 'ingest-stream',
      payloads: ['{"Records":[{"eventID":"1"}]}'],
    });
  });

  test('of the intake stream is taken in by calls that a queue could hold, each record once and in order', () => {
    const Records = Array.from({ length: 10 }, (_, number) => ({ eventID: String(number), data: 'x'.repeat(50_000) }));
    const work = of({ KinesisBatchInfo: {}, payload: JSON.stringify({ Records }) });
    const payloads = work.kind === 'call' ? work.payloads : [];
    expect(payloads.length).toBeGreaterThan(1);
    for (const payload of payloads) expect(payload.length).toBeLessThan(250_000);
    expect(payloads.flatMap((payload) => (JSON.parse(payload) as { Records: unknown[] }).Records)).toEqual(Records);
  });

  test.each([
    ['by its alias', arnOf('dev-activate-endpoint')],
    ['by its version', arnOf('dev-activate-endpoint').replace(':live', ':$LATEST')],
    ['without either', arnOf('dev-activate-endpoint').replace(':live', '')],
  ])('of a call that failed has the function called again with what it was given, named %s', (_title, functionArn) => {
    const body = {
      version: '1.0',
      requestContext: { requestId: 'r', functionArn, condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { detail: { endpointId: 'ep_1' } },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'it broke' },
    };
    expect(of(body)).toEqual({
      kind: 'call',
      functionName: 'activate-endpoint',
      payloads: ['{"detail":{"endpointId":"ep_1"}}'],
    });
  });

  test.each([
    ['a batch of the intake stream without its records', { KinesisBatchInfo: {}, payload: '{}' }],
    [
      'a call of a function that nobody named',
      { requestContext: { functionArn: arnOf('dev-post-message') }, requestPayload: {} },
    ],
    ['a call of another stage', { requestContext: { functionArn: arnOf('prod-ingest-stream') }, requestPayload: {} }],
    ['a call that has lost its payload', { requestContext: { functionArn: arnOf('dev-ingest-stream') } }],
    ['text', 'nonsense'],
    ['no record', { a: 1 }],
    ['a record of another item', { dynamodb: { Keys: { PK: { S: 'org_1#app_1' }, SK: { S: 'VERSION' } } } }],
    ['times that are none', { DDBStreamBatchInfo: { ...info, approximateArrivalOfLastRecord: 'soon' } }],
  ])('that is %s is left, with a reason', (_title, body) => {
    expect(of(body)).toMatchObject({ kind: 'unreadable', reason: expect.any(String) });
  });
});
