import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { payloadObjects } from '@fanfare/core/aws/payload-objects';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { standingMessages } from '../adapters/standing-messages.ts';
import { type SweptPayloads, sweepPayloads } from '../domain/sweep-payloads.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    PAYLOADS_BUCKET: name,
    MINIMUM_AGE_HOURS: z.coerce.number().check(z.int(), z.minimum(0), z.maximum(24)),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const { objectsOf, remove } = payloadObjects(traced(new S3Client({})), config.PAYLOADS_BUCKET);
const ports = {
  objectsOf,
  remove,
  minimumAgeMs: config.MINIMUM_AGE_HOURS * 3_600_000,
  standing: standingMessages(client, config.TABLE_NAME, waiting),
  now: Date.now,
};

/** What a page that has begun may take at the most. */
const MARGIN_MS = 20_000;

/** Removes what calls left in the bucket that never became a message. */
export const handler = async (_event: unknown, context: Context): Promise<SweptPayloads> => {
  try {
    const swept = await sweepPayloads(Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS, ports);
    logger.info('payloads.swept', { ...swept });
    count(metrics, METRIC.payloadsSwept, swept.stopped ? 0 : 1);
    return swept;
  } finally {
    publish(metrics, takeUnits());
  }
};
