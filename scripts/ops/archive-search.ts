import { dayPrefix, partitionKey, partitionOf, RAW_PREFIX, timeOf } from '@fanfare/core/archive/archive-names';
import { mergeRows, sortedRows } from '@fanfare/core/archive/merge-rows';
import { listKeys, openObject, type Page, UnreadableObject } from '@fanfare/core/aws/archive-objects';
import { concurrently } from '@fanfare/core/concurrently';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { labelsMatch } from '@fanfare/events/labels';
import { Failure } from '../toolchain/failure.mjs';
import { progress } from './print.ts';
import type { OpsStage } from './stage.ts';

/** What is looked for: rows of one application and a stretch of time, all that is given holding. */
export type ArchiveSearch = {
  readonly appId: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly kind?: ArchiveRow['kind'];
  /** A message's id finds it and its attempts; an attempt's finds itself. */
  readonly id?: string;
  readonly eventType?: string;
  readonly tag?: string;
};

/** The bucket of a stage's archive. */
export const archiveBucketOf = ({ contract, stage }: Pick<OpsStage, 'contract' | 'stage'>): string => {
  const bucket = contract.get('bucket/archive/name');
  if (bucket !== undefined) return bucket;
  throw new Failure(`The stage '${stage}' has no archive: apply terraform/ to it.`);
};

/**
 * Reads the archive itself, with what was not compacted yet, and shows each message and attempt once. It holds in memory what
 * was not compacted of this one application, and a page of what was.
 */
export async function* searchArchive(stage: OpsStage, search: ArchiveSearch): AsyncGenerator<ArchiveRow> {
  const bucket = archiveBucketOf(stage);
  const written = await writtenRows(stage, bucket, search);
  const keys = new Set(written.keys());
  for await (const key of listKeys(stage.s3, bucket, applicationPrefix(search.appId))) {
    if (overlaps(key, search)) keys.add(key);
  }
  for (const key of [...keys].toSorted()) {
    const object = await openObject(stage.s3, bucket, key);
    for await (const rows of mergeRows(object?.pages ?? nothing(), sortedRows(written.get(key) ?? []))) {
      for (const row of rows) if (isWanted(row, search)) yield row;
    }
  }
}

async function* nothing(): AsyncGenerator<Page> {}

/** What project wrote and nobody has compacted yet, by the partition that it will be in. */
const writtenRows = async (
  { s3 }: OpsStage,
  bucket: string,
  search: ArchiveSearch,
): Promise<Map<string, ArchiveRow[]>> => {
  const found: ArchiveRow[] = [];
  const keys: string[] = [];
  for await (const key of listKeys(s3, bucket, RAW_PREFIX)) if (isSince(key, search)) keys.push(key);
  await concurrently(OBJECTS_AT_ONCE, keys, async (key) => {
    for await (const row of readableRows(s3, bucket, key)) {
      if (row.app_id === search.appId && isWithin(row, search)) found.push(row);
    }
  });
  return Map.groupBy(found, (row) => partitionKey(partitionOf(row)));
};

/** There is one for each shard of the table's stream and some seconds of the day. */
const OBJECTS_AT_ONCE = 16;
const SKEW_MS = 60 * 60 * 1000;

/** A row is never written before the time that it is looked for by, but for what clocks are apart. */
const isSince = (key: string, { fromMs }: ArchiveSearch): boolean =>
  key >= `${RAW_PREFIX}${new Date(Math.max(0, fromMs - SKEW_MS)).toISOString().slice(0, 13)}`;

/** Compaction leaves what it cannot read, and so does this, with a word about it. */
async function* readableRows(s3: OpsStage['s3'], bucket: string, key: string): AsyncGenerator<ArchiveRow> {
  const object = await openObject(s3, bucket, key);
  try {
    for await (const { rows } of object?.pages ?? nothing()) yield* rows;
  } catch (error) {
    if (!(error instanceof UnreadableObject)) throw error;
    progress(`${error.message}: see docs/runbooks/archive-not-compacted.md`);
  }
}

const applicationPrefix = (appId: string): string => dayPrefix(appId, '').replace(/day=\/$/, '');

const overlaps = (key: string, { fromMs, untilMs }: ArchiveSearch): boolean => {
  const day = /day=(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1];
  const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
  return day !== undefined && day >= dayOf(fromMs) && day <= dayOf(untilMs);
};

const isWithin = (row: ArchiveRow, { fromMs, untilMs }: ArchiveSearch): boolean =>
  timeOf(row) >= fromMs && timeOf(row) <= untilMs;

const isWanted = (row: ArchiveRow, search: ArchiveSearch): boolean =>
  isWithin(row, search) &&
  (search.kind === undefined || row.kind === search.kind) &&
  labelsMatch(
    { eventTypes: search.eventType === undefined ? undefined : [search.eventType], tag: search.tag },
    { eventType: row.event_type, tags: row.tags },
  ) &&
  (search.id === undefined || row.id === search.id || (row.kind === 'attempt' && row.msg_id === search.id));
