import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Result } from '@fanfare/core/result';
import { CORRELATION_ATTRIBUTE, correlationId } from '@fanfare/core/telemetry/correlation';
import type { makeLogger } from '@fanfare/core/telemetry/logger';
import type { Metrics } from '@fanfare/core/telemetry/metrics';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { StateOf } from '../adapters/task-state-table.ts';
import type { DeliverPorts } from '../domain/deliver.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import { type DeliverTask, taskBatch } from '../domain/task-batch.ts';
import { countHandled, describe } from './handled.ts';
import { readTask } from './task-record.ts';

type Config = {
  readonly logger: ReturnType<typeof makeLogger>;
  readonly metrics: Metrics;
  readonly readState: (tasks: readonly DeliveryTask[]) => Promise<StateOf>;
  readonly retryPolicy: () => Promise<RetryPolicy>;
  readonly deliver: Parameters<typeof taskBatch>[1];
  /** What one task is delivered with. */
  readonly portsOf: (record: SQSRecord) => DeliverPorts;
  /** Called when all tasks have ended, however they did. */
  readonly end: () => void;
};

type Batch = { readonly tasks: ReadonlyMap<string, Result<DeliveryTask, string>>; readonly deliverTask: DeliverTask };

/** Makes the attempts of a batch, all at the same time. Only tasks that we could not handle are reported as failed. */
export const batchHandler = ({ logger, metrics, readState, retryPolicy, deliver, portsOf, end }: Config) => {
  const processor = new BatchProcessor(EventType.SQS);

  const prepare = (records: readonly SQSRecord[]): Batch => {
    const tasks = new Map(records.map((record) => [record.messageId, readTask(record)]));
    const readable = [...tasks.values()].flatMap((task) => (task.ok ? [task.value] : []));
    const prepared = Promise.all([readState(readable), retryPolicy()]);
    return {
      tasks,
      deliverTask: taskBatch(
        prepared.then(([stateOf, policy]) => ({ stateOf, policy })),
        deliver,
      ),
    };
  };

  const handleRecord = async (record: SQSRecord, { tasks, deliverTask }: Batch): Promise<void> => {
    const task = tasks.get(record.messageId);
    if (task === undefined || !task.ok) throw new UnreadableTask(task?.error);
    const handled = await deliverTask(task.value, portsOf(record));
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

class UnreadableTask extends Error {
  override readonly name = 'UnreadableTask';
}
