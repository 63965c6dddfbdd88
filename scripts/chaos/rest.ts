/** What is seen of a run at one moment. */
export type Sight = {
  /** Requests that endpoints got so far. */
  readonly arrivals: number;
  /** Whether each delivery was tried. */
  readonly isTried: boolean;
  /** Tasks in the lanes, and at endpoints that cannot take them. */
  readonly tasks: number;
  readonly parked: number;
  /** Looks at parked tasks that are to come. */
  readonly looks: number;
};

/** What may pass with nothing to do and nothing arriving before a missing request is a lost one. */
const STILLNESS_MILLISECONDS = 60_000;
/** What may pass with something to do: longer than five tries of a task that cannot be handled, and than two looks that fail. */
const STANDSTILL_MILLISECONDS = 240_000;
/** A task is on its way between two places for a moment, and counted at neither. */
const SIGHTS_IN_A_ROW = 3;

/**
 * Takes one sight after the other and tells whether the run is at rest: nothing will arrive any more. Looks alone do not
 * keep it from that, because one that finds nothing parked sends nothing; nor do parked tasks that nobody looks at.
 */
export const restWatch = (startedAtMs: number): ((sight: Sight, nowMs: number) => boolean) => {
  let seen = 0;
  let movedAtMs = startedAtMs;
  let idle = 0;
  return ({ arrivals, isTried, tasks, parked, looks }, nowMs) => {
    if (arrivals > seen) movedAtMs = nowMs;
    seen = arrivals;
    const stillMs = nowMs - movedAtMs;
    const isIdle = tasks === 0 && (parked === 0 || looks === 0) && (isTried || stillMs > STILLNESS_MILLISECONDS);
    idle = isIdle ? idle + 1 : 0;
    return idle >= SIGHTS_IN_A_ROW || stillMs > STANDSTILL_MILLISECONDS;
  };
};
