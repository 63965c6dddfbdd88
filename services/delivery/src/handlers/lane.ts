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
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { Lane } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { attemptTable } from '../adapters/attempt-table.ts';
import { endpointHealthTable } from '../adapters/endpoint-health-table.ts';
import { endpointSecrets } from '../adapters/endpoint-secrets.ts';
import { retryPolicyParameter } from '../adapters/retry-policy-parameter.ts';
import { retryLanes, textAttributes } from '../adapters/retry-queue.ts';
import { taskStateTable } from '../adapters/task-state-table.ts';
import type { DeliverPorts } from '../domain/deliver.ts';
import { deliverInLane } from '../domain/deliver-in-lane.ts';
import { dueTaskOf } from '../domain/due-task.ts';
import { batchHandler } from './batch-handler.ts';

/** The environment of every function that works on a lane. */
export const laneVariables = {
  STAGE: name,
  TABLE_NAME: name,
  QUEUE_WEBHOOK_URL: name,
  QUEUE_AWS_URL: name,
  RETRY_SCHEDULE_NAME: name,
  ENDPOINT_FAILING_LIMIT_SECONDS: z.coerce.number().check(z.int(), z.minimum(1)),
};
const laneConfig = z.object(laneVariables);
export type LaneConfig = z.infer<typeof laneConfig>;

type Sender = {
  readonly send: DeliverPorts['send'];
  /** For the end of an invocation. */
  readonly trim?: () => void;
};

/** The handler of a lane: everything that lanes have in common around the way they send. */
export const lane = async (
  which: Lane,
  config: LaneConfig,
  { send, trim }: Sender,
): Promise<(event: SQSEvent) => Promise<SQSBatchResponse>> => {
  const logger = makeLogger(config.STAGE);
  const metrics = makeMetrics(config.STAGE);
  const { client, takeUnits } = tableClient();
  const now = Date.now;
  const waiting = { sleep, random: Math.random };
  const keepUntilDue = dueWriter(client, config.TABLE_NAME, now);
  const queueUrls = { webhook: config.QUEUE_WEBHOOK_URL, aws: config.QUEUE_AWS_URL };
  const scheduleRetry = retryLanes(traced(new SQSClient({})), queueUrls);
  const keys = dataKeys({ client, kms: traced(new KMSClient({})), tableName: config.TABLE_NAME, now });
  const ports = {
    send,
    ...endpointSecrets(keys),
    record: attemptTable(client, config.TABLE_NAME),
    changeHealth: endpointHealthTable({ client, tableName: config.TABLE_NAME, waiting, now }),
    failingLimitMs: config.ENDPOINT_FAILING_LIMIT_SECONDS * 1000,
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

  return batchHandler({
    logger,
    metrics,
    readState: taskStateTable(client, config.TABLE_NAME, waiting),
    retryPolicy,
    deliver: (task, state, policy, own) => deliverInLane(which, task, state, policy, own),
    portsOf: ({ messageAttributes }) => ({
      ...ports,
      scheduleRetry: (retry, delaySeconds) => scheduleRetry(retry, delaySeconds, messageAttributes),
      keepUntilDue: async (retry, dueAt) =>
        void (await keepUntilDue(dueTaskOf(retry, dueAt, textAttributes(messageAttributes)))),
    }),
    end: () => {
      trim?.();
      publish(metrics, takeUnits());
    },
  });
};
