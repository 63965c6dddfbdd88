import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { tableClient } from '@fanfare/core/aws/table-client';
import { waitingTasks } from '@fanfare/core/aws/waiting-tasks';
import { name, readConfig, wholeNumber } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import * as z from 'zod/mini';
import { backgroundTaskTable } from '../adapters/background-task-table.ts';
import { candidateTable } from '../adapters/candidate-table.ts';
import { giveUp, type StepTaken, takeStep } from '../domain/take-step.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    TOPIC_DELIVERIES_ARN: name,
    /** Separated by commas. */
    LANE_URLS: name,
    RATE_PER_SECOND: wholeNumber,
    STEPS_PER_EXECUTION: wholeNumber,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const ports = {
  ...backgroundTaskTable(client, config.TABLE_NAME, Date.now),
  ...candidateTable(client, config.TABLE_NAME, waiting),
  publish: deliveryTopic(traced(new SNSClient({})), config.TOPIC_DELIVERIES_ARN, waiting),
  waitingTasks: waitingTasks(traced(new SQSClient({})), config.LANE_URLS.split(',')),
  now: Date.now,
};
const settings = { ratePerSecond: config.RATE_PER_SECOND, stepsPerExecution: config.STEPS_PER_EXECUTION };

const stepInput = z.object({
  orgId: z.string(),
  taskId: z.string(),
  execution: z.int(),
  page: z.int(),
  /** What kept the step before from being taken, when the state machine has given up on it. */
  failure: z.optional(z.unknown()),
});

/** Called by the state machine: takes one step of a replay, or ends the task when its steps cannot be taken. */
export const handler = async (event: unknown): Promise<StepTaken | undefined> => {
  const input = stepInput.parse(event);
  const ids = { org_id: input.orgId, task_id: input.taskId };
  try {
    if (input.failure !== undefined) {
      await giveUp(input, ports);
      logger.error('replay.given-up', { ...ids, execution: input.execution });
      return undefined;
    }
    const taken = await takeStep(input, settings, ports);
    count(metrics, METRIC.messageReplayed, taken.sent);
    const { execution, page, next, scanned, sent } = taken;
    logger.debug('replay.step-taken', { ...ids, execution, page, next, scanned, sent });
    return taken;
  } finally {
    publish(metrics, takeUnits());
  }
};
