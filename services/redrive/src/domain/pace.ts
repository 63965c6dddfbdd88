/** So many seconds' worth of messages are moved at once, and then as long is waited. */
const SECONDS_PER_STEP = 4;
/** So that a step, with its calls one after the other, takes seconds. */
const LONGEST_STEP = 200;

/** What one step moves at the most. */
export const mostOfStep = (ratePerSecond: number): number => Math.min(LONGEST_STEP, ratePerSecond * SECONDS_PER_STEP);

/** When a run may go on that has got `count` done since `beganAt`, and might not have begun before `goesOnAt`. */
export const afterwards = (count: number, ratePerSecond: number, beganAt: number, goesOnAt: number): number =>
  Math.max(beganAt, goesOnAt) + (1000 * count) / ratePerSecond;

/** Whole seconds to wait. What is less is made up for by the next step, which then waits longer. */
export const secondsUntil = (atMs: number, nowMs: number): number => Math.max(0, Math.floor((atMs - nowMs) / 1000));
