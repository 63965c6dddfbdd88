import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import { orderedWake } from '@fanfare/events/ordered-wake';
import { wake } from '@fanfare/events/wake';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { endpointMarksTable } from '../adapters/endpoint-marks-table.ts';
import { orderedTable } from '../adapters/ordered-table.ts';
import { orderedWakes, wakeOrdered } from '../adapters/ordered-wakes.ts';
import { parkTable } from '../adapters/park-table.ts';
import { releaseLanes } from '../adapters/release-lanes.ts';
import { slotTable } from '../adapters/slot-table.ts';
import { wakeQueue } from '../adapters/wake-queue.ts';
import { drain } from '../domain/drain.ts';
import { parsePressure } from '../domain/pressure-settings.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    QUEUE_WEBHOOK_URL: name,
    QUEUE_SLOW_URL: name,
    QUEUE_AWS_URL: name,
    QUEUE_PARK_URL: name,
    QUEUE_ORDERED_URL: name,
    PRESSURE: name,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const queues = traced(new SQSClient({}));
const now = Date.now;
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const { drainRatePerSecond: ratePerSecond } = parsePressure(config.PRESSURE);
const keepUntilDue = dueWriter(client, config.TABLE_NAME, now);
const queueUrls = { webhook: config.QUEUE_WEBHOOK_URL, slow: config.QUEUE_SLOW_URL, aws: config.QUEUE_AWS_URL };
const ports = {
  ...parkTable(client, config.TABLE_NAME, waiting),
  readCursors: orderedTable({ client, tableName: config.TABLE_NAME, waiting, now }).readCursors,
  announce: orderedWakes({
    client: queues,
    parkUrl: config.QUEUE_PARK_URL,
    orderedUrl: config.QUEUE_ORDERED_URL,
    keepUntilDue,
    now,
  }),
  ...endpointMarksTable(client, config.TABLE_NAME),
  send: releaseLanes(queues, queueUrls, waiting),
  sendWake: wakeQueue({ client: queues, queueUrl: config.QUEUE_PARK_URL, keepUntilDue, now }),
  reserveSlots: slotTable(client, config.TABLE_NAME),
  mintCopyId: () => randomBytes(6).toString('base64url'),
  now,
};
const wakeLog = wakeOrdered(queues, config.QUEUE_ORDERED_URL);
const processor = new BatchProcessor(EventType.SQS);

/** What a page that has begun may take at the most, all its repeats included. */
const MARGIN_MS = 15_000;

/** Looks at the parked tasks of endpoints, and wakes the logs of ordered ones. What it does not get done is the next look's, which is announced first. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  logger.refreshSampleRateCalculation();
  const stopAt = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
  try {
    const look = (record: SQSRecord): Promise<void> => lookAt(record, stopAt);
    const response = await processPartialResponse(event, look, processor, { throwOnFullBatchFailure: false });
    for (const error of processor.errors) logger.error('park.failed', { error: error as Error });
    return response;
  } finally {
    publish(metrics, takeUnits());
  }
};

/** What waits for its time in this queue: looks at parked tasks, and looks at logs, which go on to the queue of those. */
const looks = z.discriminatedUnion('v', [wake, orderedWake]);

const lookAt = async (record: SQSRecord, stopAt: number): Promise<void> => {
  const given = looks.parse(JSON.parse(record.body));
  if (given.v === 2) return wakeLog(given);
  const drained = await drain(given, { ratePerSecond, stopAt }, ports);
  count(metrics, METRIC.taskReleased, drained.released);
  logger.info('park.looked-at', {
    org_id: given.orgId,
    app_id: given.appId,
    endpoint_id: given.endpointId,
    outcome: drained.kind,
    released: drained.released,
    ...(drained.woken === 0 ? {} : { logs_woken: drained.woken }),
  });
};
