import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { waitUntil } from './pace.ts';

/** Why nothing is sent now, and for how long. */
export type Hold = { readonly waitsFor: string; readonly waitSeconds: number };

/** What this decision needs from the outside. */
export type HoldPorts = {
  /** How many tasks the lanes hold that nobody has taken yet, about. */
  readonly waitingTasks: () => Promise<number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** More than these wait for the lanes: what is accepted now comes first. */
export const MOST_WAITING = 1_000;
const LANES_FULL_WAIT_SECONDS = 10;

/** An endpoint that cannot take what it gets anyway, or lanes that are full; `undefined` where a replay may go on. */
export const holdOf = async (
  { breaker, pausedUntil, wakeAt }: Pick<EndpointRecord, 'breaker' | 'pausedUntil' | 'wakeAt'>,
  { now, waitingTasks }: HoldPorts,
): Promise<Hold | undefined> => {
  const nowMs = now();
  if (breaker !== undefined) return { waitsFor: 'breaker', waitSeconds: waitUntil(breaker.until, nowMs) };
  if (pausedUntil !== undefined && pausedUntil > nowMs) {
    return { waitsFor: 'paused', waitSeconds: waitUntil(pausedUntil, nowMs) };
  }
  if (wakeAt !== undefined) return { waitsFor: 'parked', waitSeconds: waitUntil(wakeAt, nowMs) };
  if ((await waitingTasks()) > MOST_WAITING)
    return { waitsFor: 'lanes-are-full', waitSeconds: LANES_FULL_WAIT_SECONDS };
  return undefined;
};
