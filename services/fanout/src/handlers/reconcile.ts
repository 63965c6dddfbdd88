import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { tableClient } from '@fanfare/core/aws/table-client';
import { waitingTasks } from '@fanfare/core/aws/waiting-tasks';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish, seconds } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { accountTable } from '../adapters/account-table.ts';
import { applicationTable } from '../adapters/application-table.ts';
import { orderedTopic } from '../adapters/ordered-topic.ts';
import { reconcileTable } from '../adapters/reconcile-table.ts';
import { walkTable } from '../adapters/walk-table.ts';
import type { Accounted } from '../domain/account-for.ts';
import { applicationCache } from '../domain/application-cache.ts';
import { type Reconciled, reconcile } from '../domain/reconcile.ts';

const wholeSeconds = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((text) => Number(text) * 1000),
);
const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    TOPIC_DELIVERIES_ARN: name,
    TOPIC_ORDERED_ARN: name,
    /** Separated by commas. */
    LANE_URLS: name,
    AFTER_SECONDS: wholeSeconds,
    OVERDUE_SECONDS: wholeSeconds,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
const applications = applicationCache(applicationTable(client, config.TABLE_NAME), Date.now);
const sns = traced(new SNSClient({}));
const ports = {
  ...walkTable(client, config.TABLE_NAME, waiting),
  ...accountTable(client, config.TABLE_NAME, Date.now),
  ...reconcileTable(client, config.TABLE_NAME, waiting),
  applications: () => applications.batch(),
  publish: deliveryTopic(sns, config.TOPIC_DELIVERIES_ARN, waiting),
  wake: orderedTopic(sns, config.TOPIC_ORDERED_ARN, waiting),
  waitingTasks: waitingTasks(traced(new SQSClient({})), config.LANE_URLS.split(',')),
  now: Date.now,
  mintCopyId: () => randomBytes(6).toString('base64url'),
};
const settings = { afterMs: config.AFTER_SECONDS, overdueMs: config.OVERDUE_SECONDS };

/** Time for the page that is under way, and for the cursor. */
const RESERVE_MS = 30_000;

/** Accounts for what is old enough by now. Whatever comes of it, the next run begins where this one left the cursor. */
export const handler = async (_event: unknown, context: Context): Promise<Reconciled> => {
  try {
    const isTimeUp = (): boolean => context.getRemainingTimeInMillis() < RESERVE_MS;
    const reconciled = await reconcile(settings, { ...ports, isTimeUp }, report);
    count(metrics, METRIC.messageReconciled, reconciled.messages);
    seconds(metrics, METRIC.reconcilerLagSeconds, reconciled.lagSeconds);
    logger.info('reconcile.ended', { ...reconciled });
    return reconciled;
  } finally {
    publish(metrics, takeUnits());
  }
};

/** Counted one by one, so that a run that fails afterwards has told of them too. */
const report = ({ ref, published, undecided, problem }: Accounted): void => {
  const ids = { org_id: ref.orgId, app_id: ref.appId, msg_id: ref.messageId };
  if (undecided.length > 0) logger.info('message.undecided', { ...ids, endpoint_ids: undecided });
  if (published.length === 0) return;
  count(metrics, METRIC.unaccounted, published.length);
  logger.error('message.unaccounted', {
    ...ids,
    attempts: published.map(({ endpointId, attempt }) => `${endpointId}#${attempt}`),
    ...(problem === undefined ? {} : { problem }),
  });
};
