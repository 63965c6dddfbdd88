import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Result } from '@fanfare/core/result';
import { CORRELATION_ATTRIBUTE, correlationId } from '@fanfare/core/telemetry/correlation';
import type { makeLogger } from '@fanfare/core/telemetry/logger';
import type { Metrics } from '@fanfare/core/telemetry/metrics';
import { type DeliveryTask, hasHoppedTooOften } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { AdmittedOf } from '../domain/admit-batch.ts';
import { type AdmittedTask, attemptName, type Handled } from '../domain/handle-task.ts';
import type { Park } from '../domain/park.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import { countHandled, describe } from './handled.ts';
import { readTask } from './task-record.ts';

type Config = {
  readonly logger: ReturnType<typeof makeLogger>;
  readonly metrics: Metrics;
  readonly admit: (tasks: readonly DeliveryTask[]) => Promise<AdmittedOf>;
  /** For the tasks of one batch. */
  readonly parkFor: () => Park;
  readonly retryPolicy: () => Promise<RetryPolicy>;
  readonly handleTask: (given: AdmittedTask, policy: RetryPolicy, park: Park, record: SQSRecord) => Promise<Handled>;
  /** Called when all tasks have ended, however they did. */
  readonly end: () => void;
};

/** What the tasks of a batch share. */
type Batch = {
  readonly tasks: ReadonlyMap<string, Result<DeliveryTask, string>>;
  readonly prepared: Promise<readonly [AdmittedOf, RetryPolicy]>;
  readonly park: Park;
  /** Tasks of one attempt in one batch are one task. */
  readonly underWay: Map<string, Promise<Handled>>;
};

/** Makes the attempts of a batch, all at the same time. Only tasks that we could not handle are reported as failed. */
export const taskBatch = ({ logger, metrics, admit, parkFor, retryPolicy, handleTask, end }: Config) => {
  const processor = new BatchProcessor(EventType.SQS);

  const prepare = (records: readonly SQSRecord[]): Batch => {
    const tasks = new Map(records.map((record) => [record.messageId, readTask(record)]));
    const readable = [...tasks.values()].flatMap((task) => (task.ok ? [task.value] : []));
    const prepared = Promise.all([admit(readable), retryPolicy()]);
    prepared.catch(() => undefined); // each task that needs it sees the failure
    return { tasks, prepared, park: parkFor(), underWay: new Map() };
  };

  const handleRecord = async (record: SQSRecord, { tasks, prepared, park, underWay }: Batch): Promise<void> => {
    const task = tasks.get(record.messageId);
    if (task === undefined || !task.ok) throw new UnreadableTask(task?.error);
    const [admittedOf, policy] = await prepared;
    const given = admittedOf(task.value);
    if (given.state.standing === undefined && hasHoppedTooOften(task.value)) throw new HoppedTooOften(task.value);
    const attempt = attemptName(task.value);
    const running = underWay.get(attempt) ?? handleTask(given, policy, park, record);
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

  /** The rare case, so that each record may have a child logger: making one takes longer than ten log lines. */
  const logFailures = (): void => {
    for (const [index, record] of processor.failureMessages.entries()) {
      const persistentKeys = origin(record as SQSRecord);
      const child = logger.createChild({ persistentKeys, sampleRateValue: 0 });
      child.error('task.failed', { error: processor.errors[index] as Error });
    }
  };

  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
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
      end();
    }
  };
};

/** Keys are given with each line: records run at the same time, and keys appended to a shared logger would mix. */
const origin = ({ messageId, messageAttributes }: SQSRecord) => ({
  message_id: messageId,
  correlation_id: correlationId(messageAttributes[CORRELATION_ATTRIBUTE]?.stringValue, messageId),
});

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
