import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, milliseconds, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { dueLanes } from '../adapters/due-lanes.ts';
import { dueRoutes } from '../adapters/due-routes.ts';
import { dueTable } from '../adapters/due-table.ts';
import { dueOrders } from '../adapters/ordered-wakes.ts';
import { dueWakes } from '../adapters/wake-queue.ts';
import { type Swept, sweep } from '../domain/sweep.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    QUEUE_WEBHOOK_URL: name,
    QUEUE_SLOW_URL: name,
    QUEUE_AWS_URL: name,
    QUEUE_PARK_URL: name,
    FIRST_LOOK_BACK_HOURS: z.coerce.number().check(z.int(), z.minimum(1), z.maximum(24 * 30)),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const queues = traced(new SQSClient({}));
const ports = {
  ...dueTable(client, config.TABLE_NAME, waiting),
  send: dueRoutes({
    tasks: dueLanes({
      client: queues,
      queueUrls: { webhook: config.QUEUE_WEBHOOK_URL, slow: config.QUEUE_SLOW_URL, aws: config.QUEUE_AWS_URL },
      waiting,
      now: Date.now,
      mintCopyId: () => randomBytes(6).toString('base64url'),
    }),
    wakes: dueWakes(queues, config.QUEUE_PARK_URL, waiting, Date.now),
    orders: dueOrders(queues, config.QUEUE_PARK_URL, waiting, Date.now),
  }),
  now: Date.now,
};

/** What a page that has begun may take at the most, all its repeats included. */
const MARGIN_MS = 15_000;

/** Sends on what is due soon. What it does not get done is the next run's, a minute later. */
export const handler = async (_event: unknown, context: Context): Promise<Swept> => {
  logger.refreshSampleRateCalculation();
  try {
    const stopAt = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    const swept = await sweep(ports, { stopAt, lookBackMs: config.FIRST_LOOK_BACK_HOURS * 3_600_000 });
    return report(swept);
  } finally {
    publish(metrics, takeUnits());
  }
};

const report = (swept: Swept): Swept => {
  const { left, examples } = swept;
  count(metrics, METRIC.dueTaskSent, swept.sent);
  count(metrics, METRIC.dueItemLeft, left);
  milliseconds(metrics, METRIC.oldestDueOverdueMilliseconds, swept.overdueMs);
  const fields = { sent: swept.sent, left, overdue_ms: swept.overdueMs, finished: swept.isFinished };
  if (left > 0) logger.error('due.left', { ...fields, examples });
  else if (!swept.isFinished) logger.info('due.unfinished', fields);
  else logger.debug('due.swept', fields);
  return swept;
};
