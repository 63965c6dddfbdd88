import type { PressureSettings } from './pressure-settings.ts';

export const PRESSURE: PressureSettings = {
  breakerFailures: 10,
  breakerOpenSeconds: 30,
  breakerLongestSeconds: 600,
  slowMilliseconds: 5_000,
  pauseSeconds: 5,
  drainRatePerSecond: 50,
};
