import { sign } from 'node:crypto';
import * as noble from '@noble/ed25519';
import fc from 'fast-check';
import { formatPublicKey, keyPairOf, parsePrivateKey, privateKeyOf } from './key-pair.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const whsk = (bytes: Uint8Array): string => `whsk_${Buffer.from(bytes).toString('base64')}`;
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** RFC 8032, 7.1: seed, public key, message, signature. */
const VECTORS = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

describe('RFC 8032', () => {
  test.each(VECTORS)('the keys of seed %s sign as published', (seed, publicKey, message, signature) => {
    const pair = keyPairOf(hex(seed));
    expect(Buffer.from(pair).toString('hex')).toBe(seed + publicKey);
    expect(sign(null, hex(message), privateKeyOf(pair)).toString('hex')).toBe(signature);
  });
});

test('the public key of a seed is the one that an independent library finds', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const found = await noble.getPublicKeyAsync(seed);
      expect(formatPublicKey(keyPairOf(seed))).toBe(`whpk_${Buffer.from(found).toString('base64')}`);
    }),
    { numRuns: 25 },
  );
});

test('a private key comes back from its seed, with or without the public key behind it', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const pair = keyPairOf(seed);
      expect(parsePrivateKey(whsk(pair))).toEqual({ ok: true, value: pair });
      expect(parsePrivateKey(whsk(seed))).toEqual({ ok: true, value: pair });
      expect(parsePrivateKey(whsk(seed).replace(/=+$/, ''))).toEqual({ ok: true, value: pair });
    }),
    { numRuns: 25 },
  );
});

test.each([
  ['a symmetric secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'prefix-missing'],
  ['a public key', formatPublicKey(keyPairOf(new Uint8Array(32))), 'prefix-missing'],
  ['the bare prefix', 'whsk_', 'wrong-length'],
  ['31 bytes', whsk(new Uint8Array(31)), 'wrong-length'],
  ['33 bytes', whsk(new Uint8Array(33)), 'wrong-length'],
  ['63 bytes', whsk(new Uint8Array(63)), 'wrong-length'],
  ['65 bytes', whsk(new Uint8Array(65)), 'wrong-length'],
  ['what is no base64', 'whsk_not base64', 'not-base64'],
  ['the public key of another seed', whsk(new Uint8Array(64).fill(1)), 'not-a-pair'],
])('%s is refused as a private key', (_title, text, problem) => {
  expect(parsePrivateKey(text)).toEqual({ ok: false, error: problem });
});
