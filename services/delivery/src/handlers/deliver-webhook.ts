import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dataKeys } from '@fanfare/core/aws/data-keys';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { Result } from '@fanfare/core/result';
import { CORRELATION_ATTRIBUTE, correlationId } from '@fanfare/core/telemetry/correlation';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import { type DeliveryTask, hasHoppedTooOften, LANE_ATTRIBUTE, LANES } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { attemptTable } from '../adapters/attempt-table.ts';
import { endpointHealthTable } from '../adapters/endpoint-health-table.ts';
import { endpointMarksTable } from '../adapters/endpoint-marks-table.ts';
import { endpointSecrets } from '../adapters/endpoint-secrets.ts';
import { parkTable } from '../adapters/park-table.ts';
import { retryPolicyParameter } from '../adapters/retry-policy-parameter.ts';
import { retryQueue, textAttributes } from '../adapters/retry-queue.ts';
import { slotTable } from '../adapters/slot-table.ts';
import { taskStateTable } from '../adapters/task-state-table.ts';
import { wakeQueue } from '../adapters/wake-queue.ts';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { type Admission, admitAll } from '../domain/admission.ts';
import { dueTaskOf } from '../domain/due-task.ts';
import { endpointPressure, type Transition } from '../domain/endpoint-pressure.ts';
import { type AdmittedTask, attemptName, type Handled, handleTask } from '../domain/handle-task.ts';
import { type Park, parkFor } from '../domain/park.ts';
import { parsePressure } from '../domain/pressure-settings.ts';
import { isAllowed, parseSubnets } from '../domain/public-address.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import { countHandled, describe } from './handled.ts';
import { readTask } from './task-record.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    LANE: z.enum(LANES),
    QUEUE_WEBHOOK_URL: name,
    QUEUE_SLOW_URL: name,
    QUEUE_PARK_URL: name,
    PRESSURE: name,
    RETRY_SCHEDULE_NAME: name,
    ALLOWED_SUBNETS: name,
    ENDPOINT_FAILING_LIMIT_SECONDS: z.coerce.number().check(z.int(), z.minimum(1)),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const now = Date.now;
const waiting = { sleep, random: Math.random };
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const sender = webhookSender({ isAllowed: (address) => isAllowed(address, subnets), now });
const readState = taskStateTable(client, config.TABLE_NAME, waiting);
const keepUntilDue = dueWriter(client, config.TABLE_NAME, now);
const queues = traced(new SQSClient({}));
const lanes = {
  webhook: retryQueue(queues, config.QUEUE_WEBHOOK_URL),
  slow: retryQueue(queues, config.QUEUE_SLOW_URL),
};
const pressure = parsePressure(config.PRESSURE);
const retryPolicy = retryPolicyParameter(config.RETRY_SCHEDULE_NAME, (error) =>
  logger.error('retry-schedule.stale', { error }),
);
const ports = {
  send: sender.send,
  openSecrets: endpointSecrets(dataKeys({ client, kms: traced(new KMSClient({})), tableName: config.TABLE_NAME, now })),
  record: attemptTable(client, config.TABLE_NAME),
  changeHealth: endpointHealthTable({ client, tableName: config.TABLE_NAME, waiting, now }),
  failingLimitMs: config.ENDPOINT_FAILING_LIMIT_SECONDS * 1000,
  ...endpointMarksTable(client, config.TABLE_NAME),
  sendWake: wakeQueue({ client: queues, queueUrl: config.QUEUE_PARK_URL, keepUntilDue, now }),
  saveParked: parkTable(client, config.TABLE_NAME, waiting).saveParked,
  reserveSlots: slotTable(client, config.TABLE_NAME),
  observe: endpointPressure(pressure),
  onUnwritten: ({ kind }: Transition, error: unknown) =>
    logger.error('endpoint.unmarked', { change: kind, error: error as Error }),
  lane: config.LANE,
  sleep,
  now,
  random: Math.random,
  mintAttemptId: (atMs: number) => mintId('atmpt', atMs, randomBytes(RANDOM_BYTES)),
  mintCopyId: () => randomBytes(6).toString('base64url'),
};
const processor = new BatchProcessor(EventType.SQS);

// Read in the init phase, which no task waits for. A failure is not final: each batch reads again.
await retryPolicy().catch((error: unknown) => logger.error('retry-schedule.unreadable', { error: error as Error }));

/** What was decided on a task. Throws when what is known of it cannot be understood. */
type AdmittedOf = (task: DeliveryTask) => AdmittedTask;

/** What the tasks of a batch share. */
type Batch = {
  readonly tasks: ReadonlyMap<string, Result<DeliveryTask, string>>;
  readonly prepared: Promise<readonly [AdmittedOf, RetryPolicy]>;
  readonly park: Park;
  /** Tasks of one attempt in one batch are one task. */
  readonly underWay: Map<string, Promise<Handled>>;
};

/** Makes the attempts of a batch, all at the same time. Only tasks that we could not handle are reported as failed. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  logger.refreshSampleRateCalculation();
  const batch = prepare(event.Records);
  try {
    const handle = (record: SQSRecord): Promise<void> => handleRecord(record, batch);
    // A batch of which nothing could be handled is reported like any other: an error would slow the whole lane down.
    const options = { throwOnFullBatchFailure: false };
    const response = await processPartialResponse(event, handle, processor, options);
    logFailures();
    return response;
  } finally {
    sender.trim();
    publish(metrics, takeUnits());
  }
};

const prepare = (records: readonly SQSRecord[]): Batch => {
  const tasks = new Map(records.map((record) => [record.messageId, readTask(record)]));
  const readable = [...tasks.values()].flatMap((task) => (task.ok ? [task.value] : []));
  const prepared = Promise.all([admitted(readable), retryPolicy()]);
  prepared.catch(() => undefined); // each task that needs it sees the failure
  return { tasks, prepared, park: parkFor(ports), underWay: new Map() };
};

/** Reads what the table says about the tasks and decides on them together: those of one endpoint share its slots. */
const admitted = async (tasks: readonly DeliveryTask[]): Promise<AdmittedOf> => {
  const stateOf = await readState(tasks);
  const candidates = [...new Map(tasks.map((task) => [attemptName(task), task])).values()].flatMap((task) => {
    const state = understood(() => stateOf(task));
    return state === undefined ? [] : [{ task, state }];
  });
  const admissions = await admitAll(candidates, ports);
  const known = new Map(
    candidates.map(({ task, state }, index) => [
      attemptName(task),
      { state, admission: admissions[index] as Admission },
    ]),
  );
  return (task) => {
    const found = known.get(attemptName(task));
    if (found !== undefined) return { task, ...found };
    stateOf(task);
    throw new UnreadableTask();
  };
};

/** What cannot be understood fails its own task, when that is handled. */
const understood = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

const handleRecord = async (record: SQSRecord, { tasks, prepared, park, underWay }: Batch): Promise<void> => {
  const task = tasks.get(record.messageId);
  if (task === undefined || !task.ok) throw new UnreadableTask(task?.error);
  const [admittedOf, policy] = await prepared;
  const given = admittedOf(task.value);
  if (given.state.standing === undefined && hasHoppedTooOften(task.value)) throw new HoppedTooOften(task.value);
  const attempt = attemptName(task.value);
  const running = underWay.get(attempt) ?? handleOne(record, given, policy, park);
  if (underWay.has(attempt)) {
    await running;
    countHandled(metrics, task.value, { kind: 'dropped', scheduled: false });
    return;
  }
  underWay.set(attempt, running);
  const handled = await running;
  countHandled(metrics, task.value, handled);
  const { level, message, fields } = describe(task.value, handled);
  logger[level](message, { ...origin(record), ...fields });
};

const handleOne = (record: SQSRecord, given: AdmittedTask, policy: RetryPolicy, park: Park): Promise<Handled> => {
  const attributes = textAttributes(record.messageAttributes);
  return handleTask(given, policy, attributes, {
    ...ports,
    park,
    scheduleRetry: (retry, delaySeconds) => lanes[config.LANE](retry, delaySeconds, attributes),
    postpone: (task, delaySeconds, lane) => lanes[lane](task, delaySeconds, { ...attributes, [LANE_ATTRIBUTE]: lane }),
    keepUntilDue: async (retry, dueAt) => void (await keepUntilDue(dueTaskOf(retry, dueAt, attributes))),
  });
};

/** Keys are given with each line: records run at the same time, and keys appended to a shared logger would mix. */
const origin = ({ messageId, messageAttributes }: SQSRecord) => ({
  message_id: messageId,
  correlation_id: correlationId(messageAttributes[CORRELATION_ATTRIBUTE]?.stringValue, messageId),
});

/** The rare case, so that each record may have a child logger: making one takes longer than ten log lines. */
const logFailures = (): void => {
  for (const [index, record] of processor.failureMessages.entries()) {
    const persistentKeys = origin(record as SQSRecord);
    const child = logger.createChild({ persistentKeys, sampleRateValue: 0 });
    child.error('task.failed', { error: processor.errors[index] as Error });
  }
};

/** It goes the way of what we cannot handle: received again until the queue hands it over to the dead letters. */
class HoppedTooOften extends Error {
  override readonly name = 'HoppedTooOften';
  constructor({ hops }: DeliveryTask) {
    super(`the task went back into its lane ${hops} times, and its attempt was never made`);
  }
}

class UnreadableTask extends Error {
  override readonly name = 'UnreadableTask';
}
