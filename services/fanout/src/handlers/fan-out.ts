import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { quarantineQueue } from '@fanfare/core/aws/quarantine-queue';
import { tableClient } from '@fanfare/core/aws/table-client';
import { concurrently } from '@fanfare/core/concurrently';
import { name, readConfig } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { applicationTable } from '../adapters/application-table.ts';
import { messageTable } from '../adapters/message-table.ts';
import { orderedTopic } from '../adapters/ordered-topic.ts';
import { placeTable } from '../adapters/place-table.ts';
import { applicationCache } from '../domain/application-cache.ts';
import { type FannedOut, fanOut, type InsertedMessage } from '../domain/fan-out.ts';
import { coalesced } from '../domain/wake-up.ts';
import { readRecords, type Unreadable } from './read-records.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    TOPIC_DELIVERIES_ARN: name,
    TOPIC_ORDERED_ARN: name,
    QUEUE_QUARANTINE_URL: name,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const applications = applicationCache(applicationTable(client, config.TABLE_NAME), Date.now);
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const findMessages = messageTable(client, config.TABLE_NAME, waiting);
const quarantine = quarantineQueue(traced(new SQSClient({})), config.QUEUE_QUARANTINE_URL);
const sns = traced(new SNSClient({}));
const ports = {
  ...placeTable(client, config.TABLE_NAME, Date.now, waiting),
  publish: deliveryTopic(sns, config.TOPIC_DELIVERIES_ARN, waiting),
  wake: orderedTopic(sns, config.TOPIC_ORDERED_ARN, waiting),
  now: Date.now,
  mintCopyId: () => randomBytes(6).toString('base64url'),
};

const QUARANTINES_AT_ONCE = 5;

/**
 * Fans a batch of inserted messages out. What cannot be read is put aside, last, so that a dependency that keeps failing
 * does not fill the quarantine with repeats. Throws when a dependency fails: the event source then offers the batch
 * again, for as long as its records live.
 */
export const handler = async (event: DynamoDBStreamEvent): Promise<void> => {
  logger.refreshSampleRateCalculation();
  try {
    const { messages, unreadable } = await readRecords(event.Records, findMessages);
    const results = await fanOut(
      messages.map(({ inserted }) => inserted),
      { ...ports, applicationOf: applications.batch() },
    );
    count(metrics, METRIC.messageFannedOut, messages.length);
    count(metrics, METRIC.taskPublished, results.flatMap(({ publications }) => publications).length);
    count(metrics, METRIC.orderedWakePublished, coalesced(results.flatMap(({ wakeUps }) => wakeUps)).length);
    const problems = messages.flatMap(({ record, inserted }, index) => reported(record, inserted, results[index]));
    await concurrently(QUARANTINES_AT_ONCE, [...unreadable, ...problems], putAside);
  } finally {
    publish(metrics, takeUnits());
  }
};

/** Logs what became of a message. Answers it when somebody has to look at it. */
const reported = (record: DynamoDBRecord, { ref, message }: InsertedMessage, result?: FannedOut): Unreadable[] => {
  if (result === undefined) return [];
  logger.debug('message.fanned-out', {
    org_id: ref.orgId,
    app_id: ref.appId,
    msg_id: ref.messageId,
    correlation_id: message.correlationId,
    outcome: result.kind,
    tasks: result.publications.length,
    ordered: result.wakeUps.length,
  });
  return result.problem === undefined ? [] : [{ record, reason: result.problem }];
};

const putAside = async ({ record, reason }: Unreadable): Promise<void> => {
  await quarantine(record, reason);
  count(metrics, METRIC.recordQuarantined);
  logger.error('record.quarantined', { event_id: record.eventID, keys: record.dynamodb?.Keys, reason });
};
