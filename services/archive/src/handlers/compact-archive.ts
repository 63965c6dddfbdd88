import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { archiveStore } from '../adapters/archive-store.ts';
import { type Compacted, compact } from '../domain/compact.ts';

const config = readConfig(z.object({ STAGE: name, ARCHIVE_BUCKET: name }), process.env);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const store = archiveStore(
  // The length of what is sent is known, and a checksum at its end would have it sent in chunks.
  traced(new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' })),
  config.ARCHIVE_BUCKET,
  { sleep: async (ms: number) => sleep(ms), random: Math.random },
);

/** What one part of the work may take at the most, with the largest partitions. */
const MARGIN_MS = 5 * 60_000;

/** Compacts what was archived since the last time. What it does not get done is the next run's. */
export const handler = async (_event: unknown, context: Context): Promise<Compacted> => {
  logger.refreshSampleRateCalculation();
  try {
    const compacted = await compact({ ...store, mayGoOn: () => context.getRemainingTimeInMillis() > MARGIN_MS });
    return report(compacted);
  } finally {
    publish(metrics);
  }
};

const report = (compacted: Compacted): Compacted => {
  const { objects, rows, partitions, unreadable, isFinished } = compacted;
  count(metrics, METRIC.archiveObjectCompacted, objects);
  count(metrics, METRIC.archiveObjectUnreadable, unreadable.length);
  if (isFinished) count(metrics, METRIC.archiveCompacted);
  if (unreadable.length > 0) logger.error('archive.unreadable', { keys: unreadable.slice(0, 10) });
  logger.info('archive.compacted', { objects, rows, partitions, unreadable: unreadable.length, finished: isFinished });
  return compacted;
};
