import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * A message's body as it is stored and as it travels in a task: compressed when that makes it smaller, because anything
 * over 1 KB costs the table a second write unit. What comes out is byte for byte what went in.
 */
export type StoredPayload = { readonly encoding: 'identity' | 'deflate'; readonly bytes: Uint8Array };

/** The largest body that may come out of a stored payload, so that no stored item can fill a function's memory. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export const packPayload = (body: Uint8Array): StoredPayload => {
  const deflated = deflateRawSync(body);
  return deflated.length < body.length
    ? { encoding: 'deflate', bytes: new Uint8Array(deflated) }
    : { encoding: 'identity', bytes: body };
};

/** The inverse of {@link packPayload}. Throws when the bytes are damaged. */
export const unpackPayload = (stored: StoredPayload): Uint8Array =>
  stored.encoding === 'deflate'
    ? new Uint8Array(inflateRawSync(stored.bytes, { maxOutputLength: MAX_BODY_BYTES }))
    : stored.bytes;
