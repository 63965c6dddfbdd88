import fc from 'fast-check';
import { messageAnswer, messageJson } from './message-answer.ts';

const message = {
  id: 'msg_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ',
  eventType: 'user.created',
  acceptedAt: Date.parse('2026-11-23T16:50:30.479Z'),
  body: '{"a":1}',
};

test('a message is shown with its payload', () => {
  const answer = messageAnswer(202, { ...message, eventId: 'order-7', channels: ['eu'], tags: ['user:7'] }, true);
  expect(answer).toMatchObject({ statusCode: 202, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(answer.body)).toEqual({
    id: 'msg_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ',
    eventId: 'order-7',
    eventType: 'user.created',
    channels: ['eu'],
    tags: ['user:7'],
    timestamp: '2026-11-23T16:50:30.479Z',
    payload: { a: 1 },
  });
});

test('what was not given is null, so that strict clients find the field', () => {
  expect(JSON.parse(messageJson(message, true))).toMatchObject({ eventId: null, channels: null, tags: null });
});

test.each([
  ['the spelling of a number', '{"price":1.50}'],
  ['digits that JavaScript cannot hold', '{"id":12345678901234567890}'],
  ['a member that is there twice', '{"a":1,"a":2}'],
  ['the order of members that look like numbers', '{"b":0,"2":0,"1":0}'],
  ['white space and escapes', '{ "a" :\t"\\u00fc\\/",\n"b": "ü🎺" }'],
])('%s is kept', (_title, body) => {
  expect(messageJson({ ...message, body }, true)).toContain(`"payload":${body}}`);
});

test('any payload is shown as the text it is, and the answer is JSON', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value, null, 1));
  fc.assert(
    fc.property(object, fc.string(), (body, eventType) => {
      const text = messageJson({ ...message, eventType, body }, true);
      expect(text.endsWith(`"payload":${body}}`)).toBe(true);
      expect(JSON.parse(text)).toMatchObject({ eventType });
    }),
  );
});

test('a payload that was not asked for is an empty object', () => {
  expect(JSON.parse(messageJson(message, false)).payload).toEqual({});
});

test('a payload that may no longer be shown says so', () => {
  expect(JSON.parse(messageJson({ ...message, body: undefined }, true)).payload).toEqual({ expired: true });
});

test('a list may add what it knows more', () => {
  expect(JSON.parse(messageJson(message, false, { status: 0 }))).toMatchObject({ status: 0, id: message.id });
});
