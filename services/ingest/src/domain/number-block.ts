import { concurrently } from '@fanfare/core/concurrently';
import type { LogRef } from '@fanfare/core/keys';
import { type LogNumbers, MOST_NUMBERS_AT_ONCE, type TakeNumbers } from '@fanfare/core/log-numbers';

/** What taking numbers by the block needs from the outside. */
export type BlockPorts = Pick<LogNumbers, 'closeNumber'> & {
  readonly takeNumbers: TakeNumbers;
  readonly now: () => number;
};

/**
 * Numbers of one log for messages that are saved one after the other. A message comes behind the one before it where it has a later
 * number of a block that gave both, or one that was taken when the other stood. So a block is dropped when the one before
 * turns out to stand already.
 */
export type NumberBlock = Pick<LogNumbers, 'takeNumber'> & {
  /** Closes what was taken and not given out, so that nobody waits for it. Never throws: what stays open, others close. */
  readonly drop: () => Promise<void>;
};

/** Others close a number half a minute after it was taken: one that was held for this long is not used any more. */
const HELD_AT_MOST_MS = 10_000;

const CLOSED_AT_ONCE = 10;

/**
 * Numbers of a log for messages that are saved one after the other, taken by as many at once as may still be wanted. The first
 * ones are taken when the first is asked for; each is higher than the one before it.
 */
export const numberBlock = (log: LogRef, wanted: () => number, ports: BlockPorts): NumberBlock => {
  let held = { next: 0, end: 0, takenAt: 0 };

  const closeHeld = async (): Promise<void> => {
    const numbers = Array.from({ length: held.end - held.next }, (_, index) => held.next + index);
    held = { ...held, next: held.end };
    // Messages stand or do not, whatever becomes of these: others close them when they have waited for half a minute.
    await concurrently(CLOSED_AT_ONCE, numbers, (number) => ports.closeNumber(log, number)).catch(() => undefined);
  };

  return {
    takeNumber: async () => {
      if (ports.now() - held.takenAt > HELD_AT_MOST_MS) await closeHeld();
      if (held.next === held.end) {
        const takenAt = ports.now();
        const count = Math.min(wanted(), MOST_NUMBERS_AT_ONCE);
        const first = await ports.takeNumbers(log, count);
        held = { next: first, end: first + count, takenAt };
      }
      const number = held.next;
      held = { ...held, next: number + 1 };
      return number;
    },

    drop: closeHeld,
  };
};
