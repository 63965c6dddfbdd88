import { fromBase62, toBase62 } from './base62.ts';

/** What an id names. The prefix is part of the id, so that a wrong id is seen at a glance. */
export type IdPrefix = 'org' | 'app' | 'ep' | 'msg' | 'atmpt' | 'qtask';

const EPOCH_SECONDS = 1_400_000_000;
const BYTES = 20;
const WIDTH = 27;
/** One byte counts the quarter of a thousandth: 250 steps of 4 ms. */
const STEP_MS = 4;

/** Bytes of randomness that {@link mintId} takes. */
export const RANDOM_BYTES = 15;

/**
 * A KSUID with a prefix: four bytes of seconds since 2014-05-13, one byte of milliseconds / 4, fifteen random bytes,
 * as 27 base62 characters. Ids sort by time to 4 ms, which listings and iterators rely on.
 */
export const mintId = (prefix: IdPrefix, atMs: number, random: Uint8Array): string => {
  if (random.length !== RANDOM_BYTES) throw new Error(`an id takes ${RANDOM_BYTES} random bytes, not ${random.length}`);
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUInt32BE(Math.floor(atMs / 1000) - EPOCH_SECONDS, 0);
  bytes.writeUInt8(Math.floor((atMs % 1000) / STEP_MS), 4);
  bytes.set(random, BYTES - RANDOM_BYTES);
  return `${prefix}_${toBase62(bytes, WIDTH)}`;
};

/** Whether `text` is an id of this kind: the prefix and 27 base62 characters that fit into 20 bytes. */
export const isId = (prefix: IdPrefix, text: string): boolean =>
  text.length === prefix.length + 1 + WIDTH &&
  text.startsWith(`${prefix}_`) &&
  fromBase62(text.slice(prefix.length + 1), BYTES) !== undefined;

/** The time inside an id in milliseconds since 1970, exact to 4 ms. Throws for what is not an id. */
export const idTimeMs = (id: string): number => {
  const bytes = fromBase62(id.slice(id.indexOf('_') + 1), BYTES);
  if (bytes === undefined) throw new Error(`not an id: ${JSON.stringify(id)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (view.getUint32(0) + EPOCH_SECONDS) * 1000 + view.getUint8(4) * STEP_MS;
};

const FIRST_MS = EPOCH_SECONDS * 1000;
const LAST_MS = (EPOCH_SECONDS + 0xff_ff_ff_ff) * 1000;

/**
 * The smallest id of a time: a bound for listings `before` or `after` it. A time that no id can hold (before 2014, after
 * 2150) gives the nearest one that an id can.
 */
export const firstIdAt = (prefix: IdPrefix, atMs: number): string =>
  mintId(prefix, Math.min(Math.max(atMs, FIRST_MS), LAST_MS), new Uint8Array(RANDOM_BYTES));
