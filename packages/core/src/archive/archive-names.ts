import type { ArchiveRow } from '@fanfare/events/archive-row';
import { isKeyPart } from '../keys.ts';

/**
 * How the archive's objects are named.
 *
 *   as it was written    raw/<hour>/<shard>/<first sequence number>-<last>.jsonl.gz
 *   compacted            rows/app=<app>/day=<day>/<first hour>.jsonl.gz
 *   a large payload      content/<app>/<message>
 *
 * A batch of the stream that comes again has the same names, and replaces itself. Times are UTC.
 */
export const RAW_PREFIX = 'raw/';

export type RawName = {
  /** Milliseconds since 1970, of the first of its records. */
  readonly atMs: number;
  readonly shard: string;
  readonly first: string;
  readonly last: string;
};

export const rawKey = ({ atMs, shard, first, last }: RawName): string =>
  `${RAW_PREFIX}${new Date(atMs).toISOString().slice(0, 13)}/${shard}/${first}-${last}.jsonl.gz`;

/** An object holds a quarter of a day, so that a busy application's day is not written anew for each hour of it. */
const HOURS = 6;

/** What lies in one object: messages and attempts of one application, of the six hours from this one on. */
export type ArchivePartition = { readonly appId: string; readonly day: string; readonly hour: string };

export const partitionOf = (row: ArchiveRow): ArchivePartition => {
  const [day = '', time = ''] = new Date(timeOf(row)).toISOString().split('T');
  const hour = Number(time.slice(0, 2));
  return { appId: row.app_id, day, hour: String(hour - (hour % HOURS)).padStart(2, '0') };
};

/** When it was accepted or attempted, in milliseconds since 1970. It never changes. */
export const timeOf = (row: ArchiveRow): number => (row.kind === 'message' ? row.accepted_at : row.attempted_at);

export const partitionKey = ({ appId, day, hour }: ArchivePartition): string =>
  `${dayPrefix(appId, day)}${hour}.jsonl.gz`;

/** What the keys of an application's day begin with. */
export const dayPrefix = (appId: string, day: string): string => {
  if (!isKeyPart(appId)) throw new Error('not the id of an application');
  return `rows/app=${appId}/day=${day}/`;
};

/** What sealed content is bound to: it opens as what it is, and nowhere else. */
export const contentPlace = (row: { readonly org_id: string; readonly app_id: string; readonly id: string }): string =>
  `${row.org_id}/${row.app_id}/${row.id}/archive`;

type ContentOf = { readonly app_id: string; readonly id: string };

/** The object that has the content of a row which does not hold it itself, sealed. */
export const contentKey = ({ app_id: appId, id }: ContentOf): string => {
  if (![appId, id].every(isKeyPart)) throw new Error('not the id of an application and of a message');
  return `content/${appId}/${id}`;
};
