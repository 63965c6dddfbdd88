import { createHmac } from 'node:crypto';
import { packPayload } from '@fanfare/core/payload';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { Webhook } from 'standardwebhooks';
import { bodyOf, webhookRequest } from './webhook-request.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const NOW = Date.now();
const body = new TextEncoder().encode('{"amount":1.50,"note":"é"}');
const request = webhookRequest('https://example.com', 'msg_1', NOW, body, [key(1), key(2)]);

describe('headers of the endpoint’s own', () => {
  const withHeaders = (custom: Record<string, string>) =>
    webhookRequest('https://example.com', 'msg_1', NOW, body, [key(1)], custom).headers;

  test('travel beside ours, in their own spelling', () => {
    expect(withHeaders({ 'X-Shop': '7' })).toEqual({ ...withHeaders({}), 'X-Shop': '7' });
  });

  test('never replace what the message and its signature say', () => {
    expect(withHeaders({ 'webhook-id': 'forged', 'content-length': '0' })).toEqual(withHeaders({}));
  });

  test('may say what answer is wanted', () => {
    expect(withHeaders({ Accept: 'text/plain' })).toMatchObject({ Accept: 'text/plain' });
    expect(withHeaders({ Accept: 'text/plain' })).not.toHaveProperty('accept');
  });
});

describe('the request of an attempt', () => {
  test.each([
    ['the current key', key(1)],
    ['a key that is being replaced', key(2)],
  ])('verifies with %s in an independent implementation', (_title, used) => {
    const webhook = new Webhook(formatSecret(used));
    expect(webhook.verify(Buffer.from(request.body).toString(), { ...request.headers })).toEqual({
      amount: 1.5,
      note: 'é',
    });
  });

  test('names its message, the second of the attempt and what it carries', () => {
    expect(request.headers).toMatchObject({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(NOW / 1000)),
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': expect.stringMatching(/^Fanfare\/\d+\.\d+\.\d+$/),
    });
  });

  test('has the current key’s signature first', () => {
    const signed = `msg_1.${Math.floor(NOW / 1000)}.${Buffer.from(body).toString()}`;
    const expected = createHmac('sha256', key(1)).update(signed).digest('base64');
    expect(request.headers['webhook-signature']?.split(' ')[0]).toBe(`v1,${expected}`);
  });

  test('is never made without a key', () => {
    expect(() => webhookRequest('https://example.com', 'msg_1', NOW, body, [])).toThrow('nothing to sign with');
  });
});

test.each(['{"amount":1.50}', JSON.stringify({ text: 'x'.repeat(500) })])(
  'the body is byte for byte what was posted: %.20s',
  (posted) => {
    const { encoding, bytes } = packPayload(new TextEncoder().encode(posted));
    const unpacked = bodyOf({ encoding, base64: Buffer.from(bytes).toString('base64') });
    expect(new TextDecoder().decode(unpacked)).toBe(posted);
  },
);
