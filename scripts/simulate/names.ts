import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';

const DIGITS = 6;
const ID = /\bmsg_[0-9A-Za-z]{27}\b/g;

/**
 * The id of the nth message that is made for a post: an id as it should be, with its time in it, whose last digits tell
 * which message it is, so that every run calls it the same.
 */
export const messageIdOf = (atMs: number, post: number, nth: number): string =>
  mintId('msg', atMs, new Uint8Array(RANDOM_BYTES)).slice(0, -DIGITS) + String(post * 100 + nth).padStart(DIGITS, '0');

/** `msg_3` for the first message of post 3, `msg_3-2` for the second. */
export const nameOfMessage = (messageId: string): string => {
  const number = Number(messageId.slice(-DIGITS));
  const nth = number % 100;
  return `msg_${Math.floor(number / 100)}${nth === 1 ? '' : `-${nth}`}`;
};

/** An application's id that is as it should be, and short where `readable`. */
export const applicationIdOf = (n: number): string => `app_${String(n).padStart(27, '0')}`;

/** A text with ids as short as they can be, and without the times that are in them. */
export const readable = (text: string): string => text.replace(ID, nameOfMessage).replace(/\bapp_0+/g, 'app_');
