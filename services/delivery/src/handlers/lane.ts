import { publish } from '@fanfare/core/telemetry/metrics';
import type { Lane } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parkTable } from '../adapters/park-table.ts';
import { textAttributes } from '../adapters/retry-queue.ts';
import { admitBatch } from '../domain/admit-batch.ts';
import { dueTaskOf } from '../domain/due-task.ts';
import { handleTask } from '../domain/handle-task.ts';
import { parkFor } from '../domain/park.ts';
import { type AttemptingConfig, attempting, type Sender } from './attempting.ts';
import { batchHandler } from './batch-handler.ts';

/** The handler of a lane: everything that lanes have in common around the way they send. */
export const lane = async (
  which: Lane,
  config: AttemptingConfig,
  sender: Sender,
): Promise<(event: SQSEvent) => Promise<SQSBatchResponse>> => {
  const { logger, metrics, client, takeUnits, waiting, keepUntilDue, scheduleRetry, readState, retryPolicy, ...rest } =
    await attempting(config, sender);
  const { saveParked } = parkTable(client, config.TABLE_NAME, waiting);
  const ports = { ...rest.ports, saveParked, lane: which };

  return batchHandler({
    logger,
    metrics,
    readState,
    admit: (tasks, stateOf) => admitBatch(tasks, stateOf, ports),
    parkFor: () => parkFor(ports),
    retryPolicy,
    deliver: handleTask,
    portsOf: ({ messageAttributes }, park) => {
      const attributes = textAttributes(messageAttributes);
      return {
        ...ports,
        park: (task, reason, endpoint) => park(task, reason, endpoint, attributes),
        scheduleRetry: (retry, delaySeconds) => scheduleRetry(retry, delaySeconds, attributes),
        keepUntilDue: async (retry, dueAt) => void (await keepUntilDue(dueTaskOf(retry, dueAt, attributes))),
      };
    },
    end: () => {
      sender.trim?.();
      publish(metrics, takeUnits());
    },
  });
};
