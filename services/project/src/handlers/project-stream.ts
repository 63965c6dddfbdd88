import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ownedArchiveKeys } from '@fanfare/core/aws/archive-keys';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { quarantineQueue } from '@fanfare/core/aws/quarantine-queue';
import { tableClient } from '@fanfare/core/aws/table-client';
import { concurrently } from '@fanfare/core/concurrently';
import { name, readConfig } from '@fanfare/core/config';
import { NONCE_BYTES } from '@fanfare/core/crypto/sealed';
import type { ReadPayload } from '@fanfare/core/payload-object';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { DomainEvent } from '@fanfare/events/domain-event';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { countedUpTo, counterTable } from '../adapters/counter-table.ts';
import { eventBus } from '../adapters/event-bus.ts';
import { namesTable } from '../adapters/names-table.ts';
import { STATISTICS } from '../adapters/statistics-counters.ts';
import { USAGE } from '../adapters/usage-counters.ts';
import { type ArchivePorts, archive } from '../domain/archive.ts';
import { countSingly, isCountedSingly } from '../domain/counted-singly.ts';
import { type ProjectPorts, project } from '../domain/project.ts';
import { readRecords, type Unreadable } from './read-records.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    BUS_NAME: name,
    QUEUE_QUARANTINE_URL: name,
    ARCHIVE_BUCKET: name,
    PAYLOADS_BUCKET: name,
    SECRETS_KEY_ARN: name,
    /** What stands for the shard of a stream that has one, or `none`. */
    ONLY_SHARD: name,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const quarantine = quarantineQueue(traced(new SQSClient({})), config.QUEUE_QUARANTINE_URL);
const countStatistics = counterTable(client, config.TABLE_NAME, STATISTICS);
const countUsage = counterTable(client, config.TABLE_NAME, USAGE);
const ports: ProjectPorts = {
  readNames: namesTable(client, config.TABLE_NAME, waiting),
  publish: eventBus(traced(new EventBridgeClient({})), config.BUS_NAME, waiting),
  countStatistics,
  countUsage,
};
const portsOfOld: ProjectPorts = {
  ...ports,
  countStatistics: countSingly(countStatistics, countedUpTo(client, config.TABLE_NAME, STATISTICS)),
  countUsage: countSingly(countUsage, countedUpTo(client, config.TABLE_NAME, USAGE)),
};
const nobodyCounted = async (): Promise<undefined> => undefined;
const portsOfRedriven: ProjectPorts = {
  ...ports,
  countStatistics: countSingly(countStatistics, nobodyCounted),
  countUsage: countSingly(countUsage, nobodyCounted),
};
/** Loaded with the first batch that has something to archive: with it, the start would be over its budget. */
let bucket: Promise<Pick<ArchivePorts, 'putRows' | 'putContent'>> | undefined;
const archiveOf = (): NonNullable<typeof bucket> => {
  bucket ??= import('../adapters/archive-bucket.ts').then(({ archiveBucket }) => archiveBucket(config.ARCHIVE_BUCKET));
  return bucket;
};

const payloads = payloadBucket(config.PAYLOADS_BUCKET);

/** One that is damaged must not hold up its shard for as long as its record lives: it is archived without content. */
const readPayload: ReadPayload = async (ref, object) => {
  try {
    return await payloads.read(ref, object);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DamagedPayload')) throw error;
    logger.error('payload.damaged', { org_id: ref.orgId, app_id: ref.appId, msg_id: ref.messageId, error });
    return undefined;
  }
};

const archivePorts = {
  archiveKeyOf: ownedArchiveKeys({
    client,
    kms: traced(new KMSClient({})),
    tableName: config.TABLE_NAME,
    keyArn: config.SECRETS_KEY_ARN,
  }),
  putRows: async (...given: Parameters<ArchivePorts['putRows']>) => (await archiveOf()).putRows(...given),
  putContent: async (...given: Parameters<ArchivePorts['putContent']>) => (await archiveOf()).putContent(...given),
  readPayload,
  nonce: () => new Uint8Array(randomBytes(NONCE_BYTES)),
};

const QUARANTINES_AT_ONCE = 5;

/** An event source with a tumbling window names the shard, and wants a state back. It also calls at a window's end. */
type StreamEvent = DynamoDBStreamEvent & {
  readonly shardId?: string;
  /** Records that were put aside, or given up, and are given again: of any shard, in any order. */
  readonly redriven?: boolean;
};
type WindowAnswer = { readonly state: Record<string, never> };

/**
 * Announces, counts and archives what a batch of one shard tells. What cannot be read is put aside, last, so that a dependency that
 * keeps failing does not fill the quarantine with repeats. Throws when a dependency fails: the event source then offers
 * the batch again, for as long as its records live.
 */
export const handler = async (event: StreamEvent): Promise<WindowAnswer> => {
  logger.refreshSampleRateCalculation();
  try {
    const unreadable = await projectBatch(event);
    await concurrently(QUARANTINES_AT_ONCE, unreadable, putAside);
    return { state: {} };
  } finally {
    publish(metrics, takeUnits());
  }
};

const projectBatch = async ({ Records, shardId, redriven }: StreamEvent): Promise<readonly Unreadable[]> => {
  if (redriven === true) return projectPart(Records, `redriven-${Records[0]?.eventID}`, portsOfRedriven);
  if (Records.length === 0) return [];
  const shard = shardOf(shardId);
  const { old = [], fresh = [] } = Object.groupBy(Records, byAge(Date.now()));
  // The old ones first: by what their shard's row says then, none has been passed by.
  return [...(await projectPart(old, shard, portsOfOld)), ...(await projectPart(fresh, shard, ports))];
};

const byAge =
  (nowMs: number) =>
  ({ dynamodb }: DynamoDBRecord): 'old' | 'fresh' =>
    isCountedSingly((dynamodb?.ApproximateCreationDateTime ?? Number.POSITIVE_INFINITY) * 1000, nowMs)
      ? 'old'
      : 'fresh';

const projectPart = async (
  records: readonly DynamoDBRecord[],
  shard: string,
  portsOfPart: ProjectPorts,
): Promise<readonly Unreadable[]> => {
  if (records.length === 0) return [];
  const { changes, archived, unreadable } = readRecords(records);
  const { events, rows, rowsCountedBefore } = await project(changes, shard, portsOfPart);
  count(metrics, METRIC.changeProjected, changes.length);
  count(metrics, METRIC.domainEventPublished, events.length);
  for (const each of events) report(each);
  // Last of the three, because somebody may wait for the others.
  const archivedRows = await archive(archived, shard, archivePorts);
  count(metrics, METRIC.rowArchived, archivedRows);
  const counted = { rows, rows_counted_before: rowsCountedBefore, rows_archived: archivedRows };
  logger.debug('batch.projected', { records: records.length, ...counted });
  return unreadable;
};

/** Counting without it could lose what two shards tell of the same row, so it is not guessed. */
const shardOf = (shardId: string | undefined): string => {
  const shard = shardId ?? (config.ONLY_SHARD === 'none' ? undefined : config.ONLY_SHARD);
  if (shard === undefined) throw new Error('the event source names no shard: it needs a tumbling window');
  return shard;
};

const report = ({ id, type, orgId, data }: DomainEvent): void =>
  logger.info('domain-event.published', {
    domain_event_id: id,
    type,
    org_id: orgId,
    app_id: data.appId,
    endpoint_id: data.endpointId,
    ...('msgId' in data ? { msg_id: data.msgId } : {}),
  });

const putAside = async ({ record, reason }: Unreadable): Promise<void> => {
  await quarantine(record, reason);
  count(metrics, METRIC.recordQuarantined);
  logger.error('record.quarantined', { event_id: record.eventID, keys: record.dynamodb?.Keys, reason });
};
