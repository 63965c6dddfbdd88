import { createHash } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';

/** A batch has at most this many places: two bytes of an id hold the place. */
const PLACE_BYTES = 2;

/**
 * The id of a message that a named source tells of: the same for the same names and time, however often it comes. `atMs` is
 * when it entered, as the source says it each time again.
 */
export const idOfSource = (atMs: number, ...names: readonly string[]): string =>
  mintId('msg', atMs, digest(names.join('\n')).subarray(0, RANDOM_BYTES));

/** The id of the message at a place of a batch, made of the batch's own id. In a list they stand as they stood in the batch. */
export const idOfPlace = (atMs: number, batchId: string, place: number): string => {
  const bytes = Buffer.alloc(RANDOM_BYTES);
  bytes.writeUInt16BE(place, 0);
  bytes.set(digest(batchId).subarray(0, RANDOM_BYTES - PLACE_BYTES), PLACE_BYTES);
  return mintId('msg', atMs, bytes);
};

/** Five bytes of an id hold a place in a text, up to a terabyte. */
const OFFSET_BYTES = 5;

/** The id of the message that begins at this byte of a text with a name. In a list, messages of one time stand as in the text. */
export const idOfOffset = (atMs: number, name: string, offset: number): string => {
  const bytes = Buffer.alloc(RANDOM_BYTES);
  bytes.writeUIntBE(offset, 0, OFFSET_BYTES);
  bytes.set(digest(name).subarray(0, RANDOM_BYTES - OFFSET_BYTES), OFFSET_BYTES);
  return mintId('msg', atMs, bytes);
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
