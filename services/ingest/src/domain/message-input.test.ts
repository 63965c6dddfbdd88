import { PAYLOAD_LIMIT_BYTES, readMessage } from './message-input.ts';

const good = { eventType: 'user.created', payload: { id: 7 } };
const read = (more: object) => readMessage(JSON.stringify({ ...good, ...more }));

/** Where the problems are, and what each says. */
const problemsOf = (text: string): string[] => {
  const message = readMessage(text);
  if (message.ok || message.error.kind !== 'invalid') throw new Error('not refused as invalid');
  return message.error.problems.map(({ loc, msg }) => `${loc.join('.')} ${msg}`);
};

test('an event type and a payload are all it takes', () => {
  expect(readMessage(JSON.stringify(good))).toEqual({
    ok: true,
    value: { eventType: 'user.created', body: '{"id":7}' },
  });
});

test('everything that can be said is read', () => {
  expect(
    read({ eventId: 'order-7', channels: ['eu', 'vip'], tags: ['user:7', 'a/b#1'], payloadRetentionPeriod: 5 }),
  ).toMatchObject({
    ok: true,
    value: { eventId: 'order-7', channels: ['eu', 'vip'], tags: ['user:7', 'a/b#1'], payloadRetentionHours: 120 },
  });
});

test('null means not given', () => {
  const absent = {
    payloadRetentionPeriod: null,
    payloadRetentionHours: null,
    deliverAt: null,
    orderingKey: null,
    transformationsParams: null,
  };
  expect(read({ eventId: null, channels: null, tags: null, ...absent })).toEqual(readMessage(JSON.stringify(good)));
  expect(read({ transformationsParams: { orderingKey: null } })).toEqual(readMessage(JSON.stringify(good)));
});

test('a list of tags without any is as if there were none', () => {
  expect(read({ tags: [] })).toEqual(readMessage(JSON.stringify(good)));
});

test('twenty tags of 128 characters are taken', () => {
  const tags = Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(128, 'x'));
  expect(read({ tags })).toMatchObject({ ok: true, value: { tags } });
});

test.each([
  ['as a field of the message', { orderingKey: 'order-7_A' }],
  ['by the field that client libraries pass on', { transformationsParams: { orderingKey: 'order-7_A' } }],
  ['by both', { orderingKey: 'order-7_A', transformationsParams: { orderingKey: 'order-7_A' } }],
])('an ordering key may be given %s', (_title, given) => {
  expect(read(given)).toMatchObject({ ok: true, value: { orderingKey: 'order-7_A' } });
});

test.each([
  ['the spelling of numbers', '{"price":1.50,"id":12345678901234567890}'],
  ['white space', '{ "a" :\n1 }'],
  ['members that are there twice', '{"a":1,"a":2}'],
  ['escapes', '{"a":"\\u00fc\\/"}'],
])('the payload keeps %s', (_title, payload) => {
  expect(readMessage(`{"eventType":"a","payload":${payload}}`)).toMatchObject({ ok: true, value: { body: payload } });
});

test('the payload may be called data', () => {
  expect(readMessage('{"eventType":"a","data":{"b":1}}')).toMatchObject({ ok: true, value: { body: '{"b":1}' } });
});

test('fields that nobody knows are ignored', () => {
  expect(read({ colour: ['a'], whatever: 1 })).toEqual(readMessage(JSON.stringify(good)));
});

test.each<[string, object, string]>([
  ['no event type', { eventType: undefined }, 'body.eventType'],
  ['an empty event type', { eventType: '' }, 'body.eventType must not be empty'],
  ['an event type with a space', { eventType: 'a b' }, 'body.eventType may hold letters'],
  ['an event type of 257 characters', { eventType: 'x'.repeat(257) }, 'body.eventType must be at most 256 characters'],
  ['no payload', { payload: undefined }, 'body.payload is missing'],
  ['a payload that is null', { payload: null }, 'body.payload must be a JSON object'],
  ['a payload that is a list', { payload: [1] }, 'body.payload must be a JSON object'],
  ['a payload that is a text', { payload: '{}' }, 'body.payload must be a JSON object'],
  ['an event id with a separator', { eventId: 'a#b' }, 'body.eventId may hold letters'],
  ['an event id like an id of ours', { eventId: 'msg_1' }, 'body.eventId must not start with "msg_"'],
  ['no channel in a list of channels', { channels: [] }, 'body.channels must not be empty'],
  ['six channels', { channels: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'body.channels must be at most 5'],
  ['a channel with a colon', { channels: ['a', 'b:c'] }, 'body.channels.1 may hold letters'],
  ['a tag instead of a list', { tags: 'a' }, 'body.tags'],
  ['21 tags', { tags: Array(21).fill('a') }, 'body.tags must be at most 20'],
  ['an empty tag', { tags: ['a', ''] }, 'body.tags.1 must not be empty'],
  ['a tag of 129 characters', { tags: ['x'.repeat(129)] }, 'body.tags.0 must be at most 128 characters'],
  ['a tag with a space', { tags: ['a b'] }, 'body.tags.0 may hold visible ASCII characters'],
  ['a tag with a comma', { tags: ['a,b'] }, 'body.tags.0 may hold visible ASCII characters'],
  ['a tag with an accent', { tags: ['é'] }, 'body.tags.0 may hold visible ASCII characters'],
  ['a tag with a line break', { tags: ['a\n'] }, 'body.tags.0 may hold visible ASCII characters'],
  ['a number as a tag', { tags: [7] }, 'body.tags.0'],
  ['four days of retention', { payloadRetentionPeriod: 4 }, 'body.payloadRetentionPeriod must be at least 5'],
  ['91 days of retention', { payloadRetentionPeriod: 91 }, 'body.payloadRetentionPeriod must be at most 90'],
  ['no hour of retention', { payloadRetentionHours: 0 }, 'body.payloadRetentionHours must be at least 1'],
  ['91 days in hours', { payloadRetentionHours: 2184 }, 'body.payloadRetentionHours must be at most 2160'],
  [
    'two retentions',
    { payloadRetentionPeriod: 5, payloadRetentionHours: 120 },
    'body.payloadRetentionHours must not be given beside',
  ],
  ['half a day of retention', { payloadRetentionPeriod: 7.5 }, 'body.payloadRetentionPeriod must be a whole number'],
  [
    'a time without its offset',
    { deliverAt: '2030-01-01T00:00:00' },
    'body.deliverAt must be a time like 2026-01-31T12:00:00Z',
  ],
  [
    'a time that is none',
    { deliverAt: '2030-02-31T00:00:00Z' },
    'body.deliverAt must be a time like 2026-01-31T12:00:00Z',
  ],
  ['a number as a time', { deliverAt: 1893456000 }, 'body.deliverAt must be a time like 2026-01-31T12:00:00Z'],
  ['an application to be made', { application: { name: 'x' } }, 'body.application an application to be made cannot'],
  [
    'a raw payload',
    { transformationsParams: { rawPayload: 'x' } },
    'body.transformationsParams may hold an orderingKey and nothing else: a raw payload cannot be used yet',
  ],
  ['an empty ordering key', { orderingKey: '' }, 'body.orderingKey must not be empty'],
  [
    'an ordering key of 65 characters',
    { orderingKey: 'x'.repeat(65) },
    'body.orderingKey must be at most 64 characters',
  ],
  ['an ordering key with a dot', { orderingKey: 'a.b' }, 'body.orderingKey may hold letters, digits, "-" and "_" only'],
  ['an ordering key with a separator', { orderingKey: 'a#b' }, 'body.orderingKey may hold letters'],
  ['an ordering key with a line break', { orderingKey: 'a\n' }, 'body.orderingKey may hold letters'],
  ['a number as an ordering key', { orderingKey: 7 }, 'body.orderingKey must be a text'],
  [
    "a client library's ordering key that is none",
    { transformationsParams: { orderingKey: 'a b' } },
    'body.transformationsParams.orderingKey may hold letters',
  ],
  [
    'one ordering key beside another',
    { orderingKey: 'a', transformationsParams: { orderingKey: 'b' } },
    'body.transformationsParams.orderingKey is not the orderingKey of the message',
  ],
])('%s is refused at its field', (_title, more, problem) => {
  const problems = problemsOf(JSON.stringify({ ...good, ...more }));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('all problems are told at once', () => {
  expect(problemsOf('{"eventType":"","payload":[],"channels":[]}')).toHaveLength(3);
});

test.each(['', 'x', '{"eventType":', '{"eventType":"a","payload":{}}}'])('%p is refused as no JSON', (text) => {
  expect(problemsOf(text)).toEqual([expect.stringMatching(/^body The body is not JSON/)]);
});

test.each(['null', '[]', '7', '"text"'])('%p is refused as no object', (text) => {
  expect(problemsOf(text)).toHaveLength(1);
});

test('a payload may be as large as the limit, counted in bytes, and no larger', () => {
  const payloadOf = (bytes: number) => `{"a":"${'ü'.repeat((bytes - 8) / 2)}"}`;
  const at = (bytes: number) => readMessage(`{"eventType":"a","payload":${payloadOf(bytes)}}`);
  expect(at(PAYLOAD_LIMIT_BYTES)).toMatchObject({ ok: true });
  expect(at(PAYLOAD_LIMIT_BYTES + 2)).toEqual({
    ok: false,
    error: { kind: 'too-large', limitBytes: PAYLOAD_LIMIT_BYTES, loc: ['body', 'payload'] },
  });
});

test.each([
  ['2030-01-01T00:00:00Z', 1_893_456_000_000],
  ['2030-01-01T02:00:00.250+02:00', 1_893_456_000_250],
])('the time of delivery %s is read', (deliverAt, milliseconds) => {
  expect(read({ deliverAt })).toMatchObject({ ok: true, value: { deliverAt: milliseconds } });
});
