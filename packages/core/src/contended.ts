import { type BackOff, backOffMs } from './back-off.ts';

/** A change met another one on the way: what it was decided on is no longer so. */
export type LostRace = 'lost-race';

export type Waiting = { readonly sleep: (ms: number) => Promise<void>; readonly random: () => number };

const BACK_OFF: BackOff = { attempts: 8, baseMs: 25, capMs: 1_000 };

/**
 * Decides and writes, and does both again with fresh data each time another change got there first. Throws when it never
 * gets there: a caller may then repeat the call.
 */
export const untilSettled = async <T>(attempt: () => Promise<T | LostRace>, waiting: Waiting): Promise<T> => {
  for (let repeat = 0; repeat <= BACK_OFF.attempts; repeat += 1) {
    if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    const outcome = await attempt();
    if (outcome !== 'lost-race') return outcome;
  }
  throw new Error(`contended: ${BACK_OFF.attempts} repeats lost their race`);
};
