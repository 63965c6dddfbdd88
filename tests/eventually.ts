import { setTimeout as wait } from 'node:timers/promises';

const LIMIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 100;

/** Time for a test that waits for something: longer than any wait in it, so that the wait's own sentence is told. */
export const PATIENCE_MILLISECONDS = 2 * LIMIT_MILLISECONDS;

/** Looks again and again until there is something to see. Throws with `what` after a minute, or the time given. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMilliseconds = LIMIT_MILLISECONDS,
): Promise<T> => {
  const giveUpAt = performance.now() + limitMilliseconds;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > giveUpAt) throw new Error(`not seen within ${limitMilliseconds / 1000} s: ${what}`);
    await wait(POLL_MILLISECONDS);
  }
};
