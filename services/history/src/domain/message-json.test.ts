import { packPayload } from '@fanfare/core/payload';
import { placeBody } from '@fanfare/core/payload-object';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import fc from 'fast-check';
import type { Message } from './history.ts';
import { newApplication, newId } from './history-table.samples.ts';
import { messageText } from './message-json.ts';

const NOW_MS = 1_795_452_630_479;
const nowSeconds = Math.floor(NOW_MS / 1000);
const application = newApplication();
const id = newId('msg');

const messageOf = (body: string, more: Partial<Message> = {}): Message => {
  const { bytes, encoding } = packPayload(new TextEncoder().encode(body));
  return {
    ...{ kind: 'message', id, eventType: 'user.created', acceptedAt: NOW_MS, appVersion: 1 },
    ...{ payload: bytes, encoding, correlationId: 'request-1' },
    ...{ payloadExpiresAt: nowSeconds, expiresAt: nowSeconds },
    ...more,
  };
};

const textOf = (message: Message, withContent = true, { read } = fakePayloadStore()) =>
  messageText(application, message, withContent, { readPayload: read, now: () => NOW_MS });

test('a payload is shown as it was posted, packed or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), async (document, long) => {
      const body = JSON.stringify(long ? { ...document, long: 'x'.repeat(500) } : document, null, 1);
      expect(await textOf(messageOf(body))).toContain(`"payload":${body}}`);
    }),
  );
});

test('a number keeps its spelling', async () => {
  expect(await textOf(messageOf('{"price":1.50}'))).toContain('{"price":1.50}');
});

test('a payload whose time is over is not shown', async () => {
  const message = messageOf('{"note":"private"}', { payloadExpiresAt: nowSeconds - 1 });
  expect(JSON.parse(await textOf(message)).payload).toEqual({ expired: true });
});

describe('a payload that an object has', () => {
  const body = JSON.stringify({ numbers: Array.from({ length: 5_000 }, (_, n) => Math.imul(n, 0x9e3779b1)) }, null, 1);
  const stored = async () => {
    const store = fakePayloadStore();
    const packed = packPayload(new TextEncoder().encode(body));
    const place = await placeBody({ ...application, messageId: id }, packed, body.length, store.keep);
    return { store, message: messageOf('', { payload: undefined, ...place }) };
  };

  test('is shown as it was posted', async () => {
    const { store, message } = await stored();
    expect(store.objects.size).toBe(1);
    expect(await textOf(message, true, store)).toContain(`"payload":${body}}`);
  });

  test('is not read where it is not shown', async () => {
    const { message } = await stored();
    const unread = { ...fakePayloadStore(), read: () => Promise.reject(new Error('read')) };
    await expect(textOf(message, false, unread)).resolves.not.toContain('numbers');
    const expired = { ...message, payloadExpiresAt: nowSeconds - 1 };
    expect(JSON.parse(await textOf(expired, true, unread)).payload).toEqual({ expired: true });
  });

  test('is shown as expired when it is gone', async () => {
    const { message } = await stored();
    expect(JSON.parse(await textOf(message)).payload).toEqual({ expired: true });
  });
});

test('its tags are shown', async () => {
  expect(JSON.parse(await textOf(messageOf('{}', { tags: ['user_7'] })))).toMatchObject({ tags: ['user_7'] });
});

test('nothing of how we work inside is shown', async () => {
  expect(Object.keys(JSON.parse(await textOf(messageOf('{}')))).toSorted()).toEqual([
    ...['channels', 'eventId', 'eventType', 'id', 'payload', 'tags', 'timestamp'],
  ]);
});
