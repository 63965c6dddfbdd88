import * as noble from '@noble/ed25519';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { keyPairOf, privateKeyOf, SEED_BYTES } from './key-pair.ts';
import { formatSecret, parseSecret } from './secret.ts';
import { sign, verify } from './signature.ts';

const keyOf = (secret: string): Uint8Array => {
  const parsed = parseSecret(secret);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
const bytes = (text: string) => new TextEncoder().encode(text);

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = keyOf(SECRET);
const content = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampSeconds: 1_614_265_330,
  body: bytes('{"test": 2432232314}'),
};
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const WRONG = 'Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';

test('the published vector of the JavaScript, Python and Go libraries is reproduced', () => {
  expect(sign(content, [key])).toBe(SIGNATURE);
});

test('the published vector of the Rust library is reproduced', () => {
  const other = {
    id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
    timestampSeconds: 1_649_367_553,
    body: bytes('{"email":"test@example.com","username":"test_user"}'),
  };
  expect(sign(other, [keyOf('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD')])).toBe(
    'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
  );
});

test.each([
  ['the right signature alone', SIGNATURE],
  ['the right one behind wrong ones', `v1,${WRONG} v2,${WRONG} ${SIGNATURE}`],
  ['the right one before a wrong one', `${SIGNATURE} v1,${WRONG}`],
])('a receiver accepts %s', (_title, header) => {
  expect(verify(content, header, key)).toBe(true);
});

test.each([
  ['a wrong signature', `v1,${WRONG}`],
  ['the right text under another version', SIGNATURE.replace('v1,', 'v2,')],
  ['a part of the right one', SIGNATURE.slice(0, 11)],
  ['a version without a signature', 'v1,'],
  ['nothing', ''],
  ['the right one without its version', SIGNATURE.slice(3)],
])('a receiver refuses %s', (_title, header) => {
  expect(verify(content, header, key)).toBe(false);
});

test.each([
  ['another id', { ...content, id: 'msg_other' }],
  ['another second', { ...content, timestampSeconds: content.timestampSeconds + 1 }],
  ['one more space in the body', { ...content, body: bytes('{"test":  2432232314}') }],
])('a signature does not hold for %s', (_title, other) => {
  expect(verify(other, SIGNATURE, key)).toBe(false);
});

test('while a secret is exchanged both keys sign, the current one first', () => {
  const current = keyOf('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD');
  const header = sign(content, [current, key]);
  expect(header).toBe(`${sign(content, [current])} ${SIGNATURE}`);
  expect([verify(content, header, current), verify(content, header, key)]).toEqual([true, true]);
});

test('nothing is signed without a key', () => {
  expect(() => sign(content, [])).toThrow('nothing to sign with');
});

test('an id with a full stop is never signed: another id and time could have the same text', () => {
  expect(() => sign({ ...content, id: 'msg.1' }, [key])).toThrow('no full stop');
});

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('a timestamp of %d is never signed', (timestampSeconds) => {
  expect(() => sign({ ...content, timestampSeconds }, [key])).toThrow('whole seconds');
});

test('an independent library verifies what is signed, with either key', () => {
  const anyKey = fc.uint8Array({ minLength: 24, maxLength: 64 });
  fc.assert(
    fc.property(anyKey, anyKey, fc.json(), (one, other, body) => {
      // That library compares with the clock.
      const timestampSeconds = Math.floor(Date.now() / 1000);
      const header = sign({ id: 'msg_1', timestampSeconds, body: bytes(body) }, [one, other]);
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': header,
      };
      for (const secret of [one, other]) {
        expect(new Webhook(formatSecret(secret)).verify(body, headers)).toEqual(JSON.parse(body));
      }
    }),
    { numRuns: 50 },
  );
});

describe('a key pair', () => {
  const pair = keyPairOf(new Uint8Array(SEED_BYTES).fill(7));
  const signedText = (): Uint8Array => bytes(`${content.id}.${content.timestampSeconds}.{"test": 2432232314}`);

  test('signs as v1a, the same text, so that an independent library verifies it', async () => {
    const header = sign(content, [privateKeyOf(pair)]);
    expect(header).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    const signature = new Uint8Array(Buffer.from(header.slice('v1a,'.length), 'base64'));
    const publicKey = pair.subarray(SEED_BYTES);
    await expect(noble.verifyAsync(signature, signedText(), publicKey)).resolves.toBe(true);
    await expect(noble.verifyAsync(signature, bytes('another text'), publicKey)).resolves.toBe(false);
    expect(Buffer.from(await noble.signAsync(signedText(), pair.subarray(0, SEED_BYTES))).equals(signature)).toBe(true);
  });

  test('signs beside a symmetric secret while one is exchanged for the other, the current one first', () => {
    const header = sign(content, [privateKeyOf(pair), key]);
    expect(header.split(' ').map((entry) => entry.split(',')[0])).toEqual(['v1a', 'v1']);
    expect(verify(content, header, key)).toBe(true);
    expect(verify(content, sign(content, [privateKeyOf(pair)]), key)).toBe(false);
  });
});
