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
import { attemptKey } from '@fanfare/core/keys';
import type { Result } from '@fanfare/core/result';
import { CORRELATION_ATTRIBUTE, correlationId } from '@fanfare/core/telemetry/correlation';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { attemptTable } from '../adapters/attempt-table.ts';
import { endpointSecrets } from '../adapters/endpoint-secrets.ts';
import { retryPolicyParameter } from '../adapters/retry-policy-parameter.ts';
import { retryQueue, textAttributes } from '../adapters/retry-queue.ts';
import { type StateOf, taskStateTable } from '../adapters/task-state-table.ts';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { deliver, type Handled } from '../domain/deliver.ts';
import { dueTaskOf } from '../domain/due-task.ts';
import { isAllowed, parseSubnets } from '../domain/public-address.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import { countHandled, describe } from './handled.ts';
import { readTask } from './task-record.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    QUEUE_WEBHOOK_URL: name,
    RETRY_SCHEDULE_NAME: name,
    ALLOWED_SUBNETS: name,
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
const scheduleRetry = retryQueue(traced(new SQSClient({})), config.QUEUE_WEBHOOK_URL);
const retryPolicy = retryPolicyParameter(config.RETRY_SCHEDULE_NAME, (error) =>
  logger.error('retry-schedule.stale', { error }),
);
const ports = {
  send: sender.send,
  openSecrets: endpointSecrets(dataKeys({ client, kms: traced(new KMSClient({})), tableName: config.TABLE_NAME, now })),
  record: attemptTable(client, config.TABLE_NAME),
  now,
  random: Math.random,
  mintAttemptId: (atMs: number) => mintId('atmpt', atMs, randomBytes(RANDOM_BYTES)),
  mintCopyId: () => randomBytes(6).toString('base64url'),
};
const processor = new BatchProcessor(EventType.SQS);

// Read in the init phase, which no task waits for. A failure is not final: each batch reads again.
await retryPolicy().catch((error: unknown) => logger.error('retry-schedule.unreadable', { error: error as Error }));

/** What the tasks of a batch share. */
type Batch = {
  readonly tasks: ReadonlyMap<string, Result<DeliveryTask, string>>;
  readonly prepared: Promise<readonly [StateOf, RetryPolicy]>;
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
  const prepared = Promise.all([readState(readable), retryPolicy()]);
  prepared.catch(() => undefined); // each task that needs it sees the failure
  return { tasks, prepared, underWay: new Map() };
};

const handleRecord = async (record: SQSRecord, { tasks, prepared, underWay }: Batch): Promise<void> => {
  const task = tasks.get(record.messageId);
  if (task === undefined || !task.ok) throw new UnreadableTask(task?.error);
  const [stateOf, policy] = await prepared;
  const attempt = Object.values(attemptKey(task.value)).join(' ');
  const running =
    underWay.get(attempt) ??
    deliver(task.value, stateOf(task.value), policy, {
      ...ports,
      scheduleRetry: (retry, delaySeconds) => scheduleRetry(retry, delaySeconds, record.messageAttributes),
      keepUntilDue: async (retry, dueAt) =>
        void (await keepUntilDue(dueTaskOf(retry, dueAt, textAttributes(record.messageAttributes)))),
    });
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

class UnreadableTask extends Error {
  override readonly name = 'UnreadableTask';
}
