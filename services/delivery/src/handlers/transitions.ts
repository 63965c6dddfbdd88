import { METRIC, type MetricName } from '@fanfare/core/telemetry/metric-names';
import { count, type Metrics } from '@fanfare/core/telemetry/metrics';
import type { Transition } from '../domain/endpoint-pressure.ts';

const METRIC_OF: Record<Transition['kind'], MetricName> = {
  pause: METRIC.endpointPaused,
  'open-breaker': METRIC.breakerOpened,
  'close-breaker': METRIC.breakerClosed,
  slow: METRIC.endpointSlowed,
  quick: METRIC.endpointQuickened,
};

/** Counts what was found out about endpoints. */
export const countTransitions = (metrics: Metrics, changes: readonly Transition['kind'][]): void => {
  for (const kind of changes) count(metrics, METRIC_OF[kind]);
};
