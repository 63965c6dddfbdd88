import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../result.ts';
import { base64Bytes } from './secret.ts';

export const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';

export const SEED_BYTES = 32;
const PUBLIC_BYTES = 32;
/** What ed25519 keys begin with in PKCS #8; the seed follows. Source: RFC 8410, 7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export type KeyPairProblem = 'prefix-missing' | 'not-base64' | 'wrong-length' | 'not-a-pair';

/** An ed25519 key pair as its 64 bytes: the seed and, behind it, the public key that follows from it. */
export const keyPairOf = (seed: Uint8Array): Uint8Array => {
  const spki = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
  return new Uint8Array([...seed, ...spki.subarray(-PUBLIC_BYTES)]);
};

/**
 * The pair of a serialised private key: `whsk_` and base64 of the seed, with or without its public key behind it. Another
 * public key than the seed's own is refused: signatures would say something about the private key.
 * Source: Standard Webhooks 1.0.0, "Signature scheme".
 */
export const parsePrivateKey = (text: string): Result<Uint8Array, KeyPairProblem> => {
  if (!text.startsWith(PRIVATE_PREFIX)) return err('prefix-missing');
  const bytes = base64Bytes(text.slice(PRIVATE_PREFIX.length));
  if (bytes === undefined) return err('not-base64');
  if (bytes.length !== SEED_BYTES && bytes.length !== SEED_BYTES + PUBLIC_BYTES) return err('wrong-length');
  const pair = keyPairOf(bytes.subarray(0, SEED_BYTES));
  return Buffer.from(pair).subarray(0, bytes.length).equals(bytes) ? ok(pair) : err('not-a-pair');
};

/** The public key of a pair, as receivers keep it: `whpk_` and base64. */
export const formatPublicKey = (pair: Uint8Array): string =>
  `${PUBLIC_PREFIX}${Buffer.from(pair.subarray(SEED_BYTES)).toString('base64')}`;

/** The private key of a pair, or of its seed, to sign with. */
export const privateKeyOf = (pair: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, pair.subarray(0, SEED_BYTES)]),
    format: 'der',
    type: 'pkcs8',
  });
