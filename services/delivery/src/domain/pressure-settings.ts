import * as z from 'zod/mini';

const count = z.int().check(z.minimum(1));

const settings = z.object({
  /** Failures in a row, in one execution environment, by which the breaker opens. */
  breakerFailures: count,
  /** For how long it is open at first, and at the most: twice as long after each probe that fails. */
  breakerOpenSeconds: count,
  breakerLongestSeconds: count,
  /** An answer that takes longer is slow. */
  slowMilliseconds: count,
  /** How long an endpoint that throttles is left alone when it does not say. */
  pauseSeconds: count,
  /** Parked tasks a second that an endpoint without a rate gets back. */
  drainRatePerSecond: count,
});

export type PressureSettings = z.infer<typeof settings>;

/** Reads the setting, a JSON object. Throws for anything else. */
export const parsePressure = (text: string): PressureSettings => settings.parse(JSON.parse(text));
