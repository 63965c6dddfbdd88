import { SERVICES } from '@fanfare/core/destinations/destination';
import { destinationMessage, envelopeOf, LIMIT_BYTES, messageBytes } from './destination-message.ts';
import { ACCEPTED_AT, BODY, task } from './task.fake.ts';
import { webhookRequest } from './webhook-request.ts';

const given = task();
const key = new Uint8Array(32).fill(7);
const messageOf = (fields: Parameters<typeof task>[0] = {}, body = BODY, atMs = ACCEPTED_AT) => {
  const one = task(fields);
  return destinationMessage(webhookRequest('arn:x', one.messageId, atMs, new TextEncoder().encode(body), [key]), one);
};

test('a message carries what a webhook carries as headers, and the event type', () => {
  expect(messageOf().attributes).toEqual({
    'webhook-id': given.messageId,
    'webhook-timestamp': String(ACCEPTED_AT / 1000),
    'webhook-signature': expect.stringMatching(/^v1,/),
    'webhook-event-type': 'invoice.paid',
  });
});

test('every attempt is the same message to a FIFO destination and the same object to a bucket', () => {
  const [first, third] = [messageOf(), messageOf({ attempt: 3, copyId: 'c' }, BODY, ACCEPTED_AT + 86_400_000)];
  expect(third.deduplicationId).toBe(first.deduplicationId);
  expect(third.objectKey).toBe(first.objectKey);
  expect(first.objectKey).toBe(`2027/01/15/${given.messageId}.json`);
});

test('a message that is sent by hand is none that a FIFO destination has got already', () => {
  const [one, other] = [messageOf({ trigger: 'manual', copyId: 'a' }), messageOf({ trigger: 'manual', copyId: 'b' })];
  expect(new Set([messageOf().deduplicationId, one.deduplicationId, other.deduplicationId]).size).toBe(3);
});

test('an envelope holds the very body that was signed', () => {
  const body = '{"amount":1.50,"note":"Grüße 🎺\\u00e9"}';
  const { headers, body: carried } = JSON.parse(envelopeOf(messageOf({}, body)));
  expect(carried).toBe(body);
  expect(headers).toEqual({ 'content-type': 'application/json', ...messageOf({}, body).attributes });
});

test.each(SERVICES)('%s counts at least the bytes of the body, and more than the limit is too much', (service) => {
  expect(messageBytes(service, messageOf({}, '"ü"'))).toBeGreaterThanOrEqual(4);
  if (service === 's3') return;
  expect(messageBytes(service, messageOf({}, 'x'.repeat(LIMIT_BYTES[service])))).toBeGreaterThan(LIMIT_BYTES[service]);
});

test('attributes count where they are sent as such', () => {
  const message = messageOf();
  const names = Object.entries(message.attributes).reduce((sum, pair) => sum + pair.join('').length + 6, 0);
  expect(messageBytes('sns', message)).toBe(BODY.length + names);
});
