import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';

const DIGITS = 6;
const MESSAGE = /\bmsg_[0-9A-Za-z]{27}\b/g;
const PADDED = /\b(app|ep)_0+(?=\d)/g;
const ID_DIGITS = 27;

/** In the middle of what is random in an id, so that other last digits leave its time as it is. */
const MIDDLE = new Uint8Array(RANDOM_BYTES).fill(0x80);

/**
 * The id of the nth message that is made for a post: an id as it should be, with its time in it, whose last digits tell
 * which message it is, so that every run calls it the same.
 */
export const messageIdOf = (atMs: number, post: number, nth: number): string =>
  mintId('msg', atMs, MIDDLE).slice(0, -DIGITS) + String(post * 100 + nth).padStart(DIGITS, '0');

/** `msg_3` for the first message of post 3, `msg_3-2` for the second. */
export const nameOfMessage = (messageId: string): string => {
  const number = Number(messageId.slice(-DIGITS));
  const nth = number % 100;
  return `msg_${Math.floor(number / 100)}${nth === 1 ? '' : `-${nth}`}`;
};

/** Ids that are as they should be, and short where `readable`. */
export const applicationIdOf = (n: number): string => `app_${String(n).padStart(ID_DIGITS, '0')}`;
export const endpointIdOf = (n: number): string => `ep_${String(n).padStart(ID_DIGITS, '0')}`;

/** A text with ids as short as they can be, and without the times that are in them. */
export const readable = (text: string): string => text.replace(MESSAGE, nameOfMessage).replace(PADDED, '$1_');
