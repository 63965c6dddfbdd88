import { randomBytes } from 'node:crypto';
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { name, readConfig } from '@fanfare/core/config';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, milliseconds, publish, seconds } from '@fanfare/core/telemetry/metrics';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { orderedTable } from '../adapters/ordered-table.ts';
import { orderedWakes } from '../adapters/ordered-wakes.ts';
import { releasedTasks } from '../adapters/released-tasks.ts';
import { admitAll } from '../domain/admission.ts';
import { attemptOnce } from '../domain/ordered/attempt-once.ts';
import { type LookPorts, lookAtLog } from '../domain/ordered/look-at-log.ts';
import type { Looked } from '../domain/ordered/looked.ts';
import { attempting } from './attempting.ts';
import { countHandled, describe } from './handled.ts';
import { urlSender, urlVariables } from './url-sender.ts';
import { readWake } from './wake-record.ts';

const config = readConfig(z.object({ ...urlVariables, QUEUE_ORDERED_URL: name }), process.env);
const sender = urlSender(config);
const {
  logger,
  metrics,
  client,
  takeUnits,
  waiting,
  queues,
  keepUntilDue,
  scheduleRetry,
  readState,
  ports,
  retryPolicy,
} = await attempting(config, sender);
const { now, sleep, random, reserveSlots, mintCopyId } = ports;
const table = orderedTable({ client, tableName: config.TABLE_NAME, waiting, now });
const announce = orderedWakes({
  client: queues,
  parkUrl: config.QUEUE_PARK_URL,
  orderedUrl: config.QUEUE_ORDERED_URL,
  keepUntilDue,
  now,
});
const release = releasedTasks({ scheduleRetry, keepUntilDue, now });
const processor = new SqsFifoPartialProcessorAsync();

/** What is read and written around an attempt, repeats included. */
const AROUND_ATTEMPT_MS = 5_000;
/** What ends a run, once nothing more is begun. */
const MARGIN_MS = 2_000;
/** Twice as long as the function runs: clocks differ. */
const LEASE_MS = 90_000;

/** Works through logs for ordered endpoints. Only wake-ups that we could not handle are reported as failed. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  logger.refreshSampleRateCalculation();
  const stopAt = now() + context.getRemainingTimeInMillis() - MARGIN_MS;
  try {
    const look = (record: SQSRecord): Promise<void> => lookAt(record, stopAt);
    // A log that cannot be handled keeps its own group waiting, and no other.
    const options = { throwOnFullBatchFailure: false, skipGroupOnError: true };
    const response = await processPartialResponse(event, look, processor, options);
    for (const error of processor.errors) logger.error('order.failed', { error: error as Error });
    return response;
  } finally {
    sender.trim();
    publish(metrics, takeUnits());
  }
};

const lookAt = async (record: SQSRecord, stopAt: number): Promise<void> => {
  const wake = readWake(record);
  const startedAt = now();
  if (wake.wakeAt !== undefined) {
    milliseconds(metrics, METRIC.orderedLookLateMilliseconds, Math.max(0, startedAt - wake.wakeAt));
  }
  const limits = { stopAt, attemptMs: config.SEND_TIMEOUT_SECONDS * 1000 + AROUND_ATTEMPT_MS, leaseMs: LEASE_MS };
  report(wake, await lookAtLog(wake, limits, portsFor(wake)));
};

const portsFor = (wake: OrderedWake): LookPorts => ({
  ...table,
  announce,
  taskState: async (task) => (await readState([task]))(task),
  admit: async (task, state) => {
    const [admission] = await admitAll([{ task, state }], { reserveSlots, lane: 'slow', now, random });
    if (admission === undefined) throw new Error('an attempt was not decided on');
    return admission;
  },
  attempt: async (task, state, waitMs, entry) => {
    const handled = await attemptOnce(task, state, waitMs, await retryPolicy(), ports);
    const isPrompt = task.attempt === 1 && wake.number === entry.number && wake.wakeAt === undefined;
    countHandled(metrics, task, handled, !isPrompt);
    const { level, message, fields } = describe(task, handled);
    logger[level](message, { correlation_id: entry.correlationId, ordering_key: wake.orderingKey, ...fields });
    return handled.record;
  },
  release,
  sleep,
  now,
  mintCopyId,
  mintLeaseId: () => randomBytes(9).toString('base64url'),
});

const report = (wake: OrderedWake, looked: Looked): void => {
  const { kind, done, hold, waitsSince } = looked;
  count(metrics, METRIC.logHoleClosed, done.closed);
  const headAgeSeconds = waitsSince === undefined ? undefined : Math.max(0, Math.round((now() - waitsSince) / 1000));
  if (headAgeSeconds !== undefined) seconds(metrics, METRIC.orderedHeadAgeSeconds, headAgeSeconds);
  const isUsual = kind === 'finished' || kind === 'passed' || kind === 'held';
  logger[isUsual && done.closed === 0 ? 'debug' : 'info']('order.looked-at', {
    org_id: wake.orgId,
    app_id: wake.appId,
    endpoint_id: wake.endpointId,
    ordering_key: wake.orderingKey,
    number: wake.number,
    outcome: kind,
    ...done,
    ...(hold && { held_by: hold.reason, held_for_s: Math.round((hold.until - now()) / 1000) }),
    ...(headAgeSeconds === undefined ? {} : { head_age_s: headAgeSeconds }),
  });
};
