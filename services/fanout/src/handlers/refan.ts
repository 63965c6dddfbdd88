import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { accountTable } from '../adapters/account-table.ts';
import { applicationTable } from '../adapters/application-table.ts';
import { orderedTopic } from '../adapters/ordered-topic.ts';
import { walkTable } from '../adapters/walk-table.ts';
import { applicationCache } from '../domain/application-cache.ts';
import { type Refanned, refanMessages, refanSpan } from '../domain/refan.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, TOPIC_DELIVERIES_ARN: name, TOPIC_ORDERED_ARN: name }),
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
  applications: () => applications.batch(),
  publish: deliveryTopic(sns, config.TOPIC_DELIVERIES_ARN, waiting),
  wake: orderedTopic(sns, config.TOPIC_ORDERED_ARN, waiting),
  now: Date.now,
  mintCopyId: () => randomBytes(6).toString('base64url'),
};

const RESERVE_MS = 10_000;

/** What `npm run ops` asks for. */
const request = z.union([
  z.object({
    refs: z.array(z.object({ orgId: z.string(), appId: z.string(), messageId: z.string() })).check(z.maxLength(100)),
  }),
  z.object({
    fromMs: z.int(),
    untilMs: z.int(),
    appId: z.optional(z.string()),
    toMs: z.optional(z.int()),
    position: z.optional(
      z.object({
        shard: z.int(),
        phase: z.enum(['messages', 'rechecks']),
        mark: z.optional(z.string()),
        after: z.optional(z.string()),
      }),
    ),
  }),
]);

/** Publishes what is missing of the messages that an operator names, or that were accepted in a span of time. */
export const handler = async (event: unknown, context: Context): Promise<Refanned> => {
  const asked = request.parse(event);
  try {
    const isTimeUp = (): boolean => context.getRemainingTimeInMillis() < RESERVE_MS;
    const refanned = await ('refs' in asked
      ? refanMessages(asked.refs, { ...ports, isTimeUp })
      : refanSpan(asked, { ...ports, isTimeUp }));
    count(metrics, METRIC.taskPublished, refanned.published);
    const { messages, published, problems } = refanned;
    logger.info('refan.ended', { messages, published, problems: problems.length });
    return refanned;
  } finally {
    publish(metrics, takeUnits());
  }
};
