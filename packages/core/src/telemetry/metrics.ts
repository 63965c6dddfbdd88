import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ConsumedUnits } from '../aws/consumed-units.ts';
import { METRIC, type MetricName } from './metric-names.ts';

/** A function's metrics: collected while it works, written as one embedded-metric line by `publishStoredMetrics`. */
export const makeMetrics = (stage: string): Metrics => new Metrics({ defaultDimensions: { stage } });

export const count = (metrics: Metrics, name: MetricName, amount = 1): void => {
  if (amount > 0) metrics.addMetric(name, MetricUnit.Count, amount);
};

export const milliseconds = (metrics: Metrics, name: MetricName, value: number): void => {
  metrics.addMetric(name, MetricUnit.Milliseconds, value);
};

export const seconds = (metrics: Metrics, name: MetricName, value: number): void => {
  metrics.addMetric(name, MetricUnit.Seconds, value);
};

/** Ends an invocation's metrics: adds what the table charged and writes them all as one line, or none if there are none. */
export const publish = (metrics: Metrics, units: ConsumedUnits = { read: 0, write: 0 }): void => {
  count(metrics, METRIC.consumedReadUnits, units.read);
  count(metrics, METRIC.consumedWriteUnits, units.write);
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
};

export type { Metrics };
