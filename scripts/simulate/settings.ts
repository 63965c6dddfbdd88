import type { PressureSettings } from '../../services/delivery/src/domain/pressure-settings.ts';

/** Schedules of retries, in seconds. */
export const SCHEDULES = [
  [5, 60, 600],
  [5, 300, 900],
  [5, 1_000, 1_500],
  [2_700, 60],
  [1, 2, 3, 4],
  [0, 0],
] as const;

const PRESSURE: PressureSettings = {
  breakerFailures: 10,
  breakerOpenSeconds: 30,
  breakerLongestSeconds: 120,
  slowMilliseconds: 5_000,
  pauseSeconds: 5,
  drainRatePerSecond: 50,
};

/** As it is deployed, but for the longest that a breaker is open; and with breakers that few failures open. */
export const PRESSURES: readonly [PressureSettings, ...PressureSettings[]] = [
  PRESSURE,
  { ...PRESSURE, breakerFailures: 2 },
  { ...PRESSURE, breakerFailures: 3, breakerOpenSeconds: 5, drainRatePerSecond: 1 },
];

/** A message is accounted for when it is this old, and an attempt that was not made is overdue after this. */
export const RECONCILE = { afterMs: 900_000, overdueMs: 1_800_000 } as const;
