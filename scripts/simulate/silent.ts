import type { makeLogger } from '@fanfare/core/telemetry/logger';
import type { Metrics } from '@fanfare/core/telemetry/metrics';

type Logger = ReturnType<typeof makeLogger>;

/** A logger that keeps to itself, but for the errors of tasks that were not handled. */
export const silentLogger = (onError: (error: unknown) => void): Logger => {
  const error = (_message: string, { error: cause }: { readonly error?: unknown } = {}): void => onError(cause);
  const quiet = { debug: () => {}, info: () => {}, refreshSampleRateCalculation: () => {}, error };
  return { ...quiet, createChild: () => quiet } as unknown as Logger;
};

export const silentMetrics = { addMetric: () => {} } as unknown as Metrics;
