import type { LogRef } from './keys.ts';

/** Numbers of a log. A number is given out once, whatever becomes of whoever took it. */
export type LogNumbers = {
  /** The next number: higher than each one that was answered before this call. */
  readonly takeNumber: (log: LogRef) => Promise<number>;
  /**
   * Says of a number that nothing will stand there, so that nobody waits for it. `taken`: something stands there and stays, or
   * is being written at this moment.
   */
  readonly closeNumber: (log: LogRef, number: number) => Promise<'closed' | 'taken'>;
};

/**
 * The most that a call takes at once for what it saves one after the other: half a second, for which others of the log may have to wait.
 * Whoever reads a log looks for as many that are not used yet.
 */
export const MOST_NUMBERS_AT_ONCE = 25;

/** The first of so many numbers in a row, all of them higher than each one that was answered before this call. */
export type TakeNumbers = (log: LogRef, count: number) => Promise<number>;
