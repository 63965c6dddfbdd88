import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * Envelope encryption of one small value (a secret): AES-256-GCM under an organisation's data key, bound by additional
 * authenticated data to the place it belongs to, so that a value moved to another endpoint's item does not open.
 *
 * Layout of the bytes: version (1), data key number (4), nonce (12), tag (16), ciphertext.
 */
const VERSION = 1;
const NONCE_AT = 5;
const TAG_AT = NONCE_AT + 12;
const TEXT_AT = TAG_AT + 16;

export const NONCE_BYTES = TAG_AT - NONCE_AT;

export type DataKey = { readonly number: number; readonly bytes: Uint8Array };

/** Seals `value`. `nonce` is {@link NONCE_BYTES} random bytes, never used twice with one key. */
export const seal = (value: Uint8Array, place: string, key: DataKey, nonce: Uint8Array): Uint8Array => {
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(value), cipher.final()]);
  const head = Buffer.alloc(NONCE_AT);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32BE(key.number, 1);
  return new Uint8Array(Buffer.concat([head, nonce, cipher.getAuthTag(), text]));
};

/** Which data key opens these bytes. Throws for bytes of a layout this version does not know. */
export const dataKeyNumber = (sealed: Uint8Array): number => {
  if (sealed[0] !== VERSION || sealed.length < TEXT_AT) throw new Error('sealed: unknown layout');
  return Buffer.from(sealed).readUInt32BE(1);
};

/** Opens what {@link seal} sealed. Throws when the key, the place or a byte is another one. */
export const unseal = (sealed: Uint8Array, place: string, key: DataKey): Uint8Array => {
  if (dataKeyNumber(sealed) !== key.number) throw new Error('sealed: another data key');
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(NONCE_AT, TAG_AT))
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(TAG_AT, TEXT_AT));
  return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(TEXT_AT)), decipher.final()]));
};
