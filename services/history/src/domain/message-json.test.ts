import { packPayload } from '@fanfare/core/payload';
import fc from 'fast-check';
import type { Message } from './history.ts';
import { messageText } from './message-json.ts';

const NOW_MS = 1_795_452_630_479;
const nowSeconds = Math.floor(NOW_MS / 1000);

const messageOf = (body: string, more: Partial<Message> = {}): Message => {
  const { bytes, encoding } = packPayload(new TextEncoder().encode(body));
  return {
    ...{ kind: 'message', id: 'msg_1', eventType: 'user.created', acceptedAt: NOW_MS, appVersion: 1 },
    ...{ payload: bytes, encoding, correlationId: 'request-1' },
    ...{ payloadExpiresAt: nowSeconds, expiresAt: nowSeconds },
    ...more,
  };
};

test('a payload is shown as it was posted, packed or not', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (document, long) => {
      const body = JSON.stringify(long ? { ...document, long: 'x'.repeat(500) } : document, null, 1);
      expect(messageText(messageOf(body), true, NOW_MS)).toContain(`"payload":${body}}`);
    }),
  );
});

test('a number keeps its spelling', () => {
  expect(messageText(messageOf('{"price":1.50}'), true, NOW_MS)).toContain('{"price":1.50}');
});

test('a payload whose time is over is not shown', () => {
  const message = messageOf('{"note":"private"}', { payloadExpiresAt: nowSeconds - 1 });
  expect(JSON.parse(messageText(message, true, NOW_MS)).payload).toEqual({ expired: true });
});

test('nothing of how we work inside is shown', () => {
  expect(Object.keys(JSON.parse(messageText(messageOf('{}'), true, NOW_MS))).toSorted()).toEqual([
    ...['channels', 'eventId', 'eventType', 'id', 'payload', 'timestamp'],
  ]);
});
