import { createHmac, sign as cryptoSign, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What one attempt signs: the message's id, the attempt's time in unix seconds, and the exact bytes of the body. */
export type SignedContent = { readonly id: string; readonly timestampSeconds: number; readonly body: Uint8Array };

/** The bytes of a symmetric secret, or the private half of an ed25519 key pair. */
export type SigningKey = Uint8Array | KeyObject;

/**
 * The `webhook-signature` header's value: one `v1,<base64>` (HMAC-SHA256) or `v1a,<base64>` (ed25519) per key, separated by
 * spaces, the current key first.
 * Source: Standard Webhooks 1.0.0, "Signature scheme" and "Zero downtime secret rotation".
 */
export const sign = (content: SignedContent, keys: readonly SigningKey[]): string => {
  if (keys.length === 0) throw new Error('nothing to sign with');
  return keys
    .map((key) =>
      key instanceof Uint8Array
        ? `v1,${hmac(content, key).toString('base64')}`
        : `v1a,${cryptoSign(null, signedText(content), key).toString('base64')}`,
    )
    .join(' ');
};

/** Whether any `v1` signature of the header was made with `key`. Other versions are ignored. Takes constant time. */
export const verify = (content: SignedContent, header: string, key: Uint8Array): boolean => {
  const expected = hmac(content, key);
  return header
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice('v1,'.length), 'base64'))
    .reduce((found, given) => (given.length === expected.length && timingSafeEqual(given, expected)) || found, false);
};

const hmac = (content: SignedContent, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update(signedText(content)).digest();

const signedText = (content: SignedContent): Buffer => {
  // A full stop in the id would let two different (id, timestamp) pairs sign the same text.
  if (content.id.includes('.')) throw new Error('a message id has no full stop');
  if (!Number.isInteger(content.timestampSeconds)) throw new Error('a timestamp is whole seconds');
  return Buffer.concat([Buffer.from(`${content.id}.${content.timestampSeconds}.`), content.body]);
};
