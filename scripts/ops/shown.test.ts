import { shown } from './shown.ts';

const SECRET = 'the customer bought a ring';
const task = {
  v: 1,
  orgId: 'org_1',
  appId: 'app_1',
  messageId: 'msg_1',
  endpointId: 'ep_1',
  attempt: 2,
  trigger: 'scheduled',
  eventType: 'ring.sold',
  channels: [SECRET],
  tags: [SECRET],
  acceptedAt: 1,
  payload: { encoding: 'identity', base64: Buffer.from(SECRET).toString('base64') },
};
const bodyOf = (body: unknown) => shown({ Body: typeof body === 'string' ? body : JSON.stringify(body) }).body;

describe('a message of a failure store', () => {
  test('is shown by whose delivery it is, with the size of its payload', () => {
    expect(bodyOf(task)).toMatchObject({ kind: 'task', messageId: 'msg_1', attempt: 2, payloadBytes: SECRET.length });
  });

  test.each([
    ['a task', task],
    ['a task of which a field is wrong', { ...task, attempt: 0 }],
    ['a stream record', { eventID: '1', dynamodb: { Keys: { PK: { S: 'a' } }, NewImage: { payload: { B: SECRET } } } }],
    ['a batch given up', { DDBStreamBatchInfo: { shardId: '1' }, payload: { Records: [SECRET] } }],
    ['a refused event', { v: 1, source: 'queue', rejectedAt: 1, reasons: [], record: { body: SECRET } }],
    [
      'a call that failed',
      {
        requestContext: { functionArn: 'a', condition: 'b' },
        requestPayload: { detail: SECRET },
        responsePayload: { errorMessage: SECRET },
      },
    ],
    ['JSON of a stranger', { note: SECRET }],
    ['JSON that is no object', JSON.stringify(SECRET)],
    ['text that is not JSON', SECRET],
  ])('shows no payload: %s', (_what, body) => {
    const message = { Body: typeof body === 'string' ? body : JSON.stringify(body) };
    const text = JSON.stringify(
      shown({ ...message, MessageAttributes: { x: { DataType: 'String', StringValue: SECRET } } }),
    );
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64'));
  });

  test('that cannot be read says why and what fields it has', () => {
    expect(bodyOf({ ...task, attempt: 0 })).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('attempt'),
      fields: expect.arrayContaining(['orgId', 'payload']),
    });
  });

  test('says how old it is and why it was put aside', () => {
    const message = shown({
      MessageId: 'm',
      Body: '{}',
      Attributes: { SentTimestamp: '1000', ApproximateReceiveCount: '5', MessageGroupId: 'app_1' },
      MessageAttributes: { reason: { DataType: 'String', StringValue: 'acceptedAt: expected number' } },
    });
    expect(message).toMatchObject({
      sentAt: '1970-01-01T00:00:01.000Z',
      receives: 5,
      groupId: 'app_1',
      attributes: { reason: 'acceptedAt: expected number' },
    });
  });

  test('that is a call which failed is shown with its function, its event and the name of the error', () => {
    const call = {
      requestContext: {
        functionArn: 'arn:aws:lambda:us-east-1:1:function:fanfare-dev-do-it:live',
        condition: 'RetriesExhausted',
      },
      requestPayload: { 'detail-type': 'endpoint.created', detail: { id: 'evt_1' } },
      responsePayload: { errorType: 'ZodError', errorMessage: 'x' },
    };
    expect(bodyOf(call)).toEqual({
      kind: 'failed-call',
      function: 'fanfare-dev-do-it',
      condition: 'RetriesExhausted',
      failure: 'ZodError',
      event: 'endpoint.created evt_1',
    });
  });

  test('that was refused is shown with its reasons', () => {
    const reasons = [{ loc: ['attributes', 'eventType'], msg: 'is missing' }];
    expect(bodyOf({ v: 1, source: 'queue', rejectedAt: 0, reasons, record: {} })).toEqual({
      kind: 'rejected',
      source: 'queue',
      rejectedAt: '1970-01-01T00:00:00.000Z',
      reasons: ['attributes.eventType: is missing'],
    });
  });
});
