import type { IdPrefix } from './ids.ts';

export const UID_PATTERN = /^[a-zA-Z0-9\-_.]+$/;
export const UID_MAX_LENGTH = 256;

/**
 * Whether `text` can be a caller's own id of a thing: 1 to 256 letters, digits, `-`, `_` and `.`, not looking like one
 * of our ids. What is neither this nor an id names nothing, and must not become part of a key.
 */
export const isUid = (prefix: IdPrefix, text: string): boolean =>
  text.length <= UID_MAX_LENGTH && UID_PATTERN.test(text) && !text.startsWith(`${prefix}_`);
