import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dataKeys } from '@fanfare/core/aws/data-keys';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name } from '@fanfare/core/config';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import * as z from 'zod/mini';
import { attemptTable } from '../adapters/attempt-table.ts';
import { endpointHealthTable } from '../adapters/endpoint-health-table.ts';
import { endpointMarksTable } from '../adapters/endpoint-marks-table.ts';
import { endpointSecrets } from '../adapters/endpoint-secrets.ts';
import { retryPolicyParameter } from '../adapters/retry-policy-parameter.ts';
import { retryLanes } from '../adapters/retry-queue.ts';
import { slotTable } from '../adapters/slot-table.ts';
import { taskStateTable } from '../adapters/task-state-table.ts';
import { wakeQueue } from '../adapters/wake-queue.ts';
import type { DeliverPorts } from '../domain/deliver.ts';
import { endpointPressure, type Transition } from '../domain/endpoint-pressure.ts';
import { parsePressure } from '../domain/pressure-settings.ts';

/** The environment of every function that makes attempts. */
export const attemptingVariables = {
  STAGE: name,
  TABLE_NAME: name,
  QUEUE_WEBHOOK_URL: name,
  QUEUE_SLOW_URL: name,
  QUEUE_AWS_URL: name,
  QUEUE_PARK_URL: name,
  PRESSURE: name,
  RETRY_SCHEDULE_NAME: name,
  ENDPOINT_FAILING_LIMIT_SECONDS: z.coerce.number().check(z.int(), z.minimum(1)),
};
const attemptingConfig = z.object(attemptingVariables);
export type AttemptingConfig = z.infer<typeof attemptingConfig>;

export type Sender = {
  readonly send: DeliverPorts['send'];
  /** For the end of an invocation. */
  readonly trim?: () => void;
};

/** What functions that make attempts have in common around the way they send. */
export const attempting = async (config: AttemptingConfig, { send }: Pick<Sender, 'send'>) => {
  const logger = makeLogger(config.STAGE);
  const metrics = makeMetrics(config.STAGE);
  const { client, takeUnits } = tableClient();
  const now = Date.now;
  const waiting = { sleep, random: Math.random };
  const keepUntilDue = dueWriter(client, config.TABLE_NAME, now);
  const queues = traced(new SQSClient({}));
  const queueUrls = { webhook: config.QUEUE_WEBHOOK_URL, slow: config.QUEUE_SLOW_URL, aws: config.QUEUE_AWS_URL };
  const keys = dataKeys({ client, kms: traced(new KMSClient({})), tableName: config.TABLE_NAME, now });
  const ports = {
    send,
    ...endpointSecrets(keys),
    record: attemptTable(client, config.TABLE_NAME),
    changeHealth: endpointHealthTable({ client, tableName: config.TABLE_NAME, waiting, now }),
    failingLimitMs: config.ENDPOINT_FAILING_LIMIT_SECONDS * 1000,
    ...endpointMarksTable(client, config.TABLE_NAME),
    sendWake: wakeQueue({ client: queues, queueUrl: config.QUEUE_PARK_URL, keepUntilDue, now }),
    reserveSlots: slotTable(client, config.TABLE_NAME),
    observe: endpointPressure(parsePressure(config.PRESSURE)),
    onUnwritten: ({ kind }: Transition, error: unknown) =>
      logger.error('endpoint.unmarked', { change: kind, error: error as Error }),
    sleep,
    now,
    random: Math.random,
    mintAttemptId: (atMs: number) => mintId('atmpt', atMs, randomBytes(RANDOM_BYTES)),
    mintCopyId: () => randomBytes(6).toString('base64url'),
  };
  const retryPolicy = retryPolicyParameter(config.RETRY_SCHEDULE_NAME, (error) =>
    logger.error('retry-schedule.stale', { error }),
  );
  // Read in the init phase, which no task waits for. A failure is not final: each batch reads again.
  await retryPolicy().catch((error: unknown) => logger.error('retry-schedule.unreadable', { error: error as Error }));

  return {
    logger,
    metrics,
    client,
    takeUnits,
    waiting,
    queues,
    keepUntilDue,
    scheduleRetry: retryLanes(queues, queueUrls),
    readState: taskStateTable(client, config.TABLE_NAME, waiting),
    ports,
    retryPolicy,
  };
};
