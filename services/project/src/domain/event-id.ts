import { createHash } from 'node:crypto';

/** 128 bits are enough against accident. */
const BYTES = 16;

/**
 * The id of an event, of nothing but what it is about: the item, and which of its changes. Published once more, after a
 * crash or by another version of the code, it has the same id.
 */
export const eventId = (type: string, parts: readonly string[]): string =>
  `evt_${createHash('sha256')
    .update([type, ...parts].join('\n'))
    .digest()
    .subarray(0, BYTES)
    .toString('base64url')}`;
