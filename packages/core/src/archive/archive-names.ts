import { idTimeMs } from '../ids.ts';
import { isKeyPart } from '../keys.ts';

/**
 * How the archive's objects are named.
 *
 *   as it was written    raw/<hour>/<shard>/<first sequence number>-<last>.jsonl.gz
 *   compacted            rows/app=<app>/day=<day>/rows.jsonl.gz
 *
 * A batch of the stream that comes again has the same name, and replaces itself.
 */
export const RAW_PREFIX = 'raw/';
const ROWS_PREFIX = 'rows/';

export type RawName = {
  /** Milliseconds since 1970, of the first of its records. */
  readonly atMs: number;
  readonly shard: string;
  readonly first: string;
  readonly last: string;
};

export const rawKey = ({ atMs, shard, first, last }: RawName): string =>
  `${RAW_PREFIX}${new Date(atMs).toISOString().slice(0, 13)}/${shard}/${first}-${last}.jsonl.gz`;

/** Messages and attempts of one application and one day (UTC), by the time in their ids. */
export type ArchivePartition = { readonly appId: string; readonly day: string };

export const partitionOf = (row: { readonly app_id: string; readonly id: string }): ArchivePartition => ({
  appId: row.app_id,
  day: dayOf(idTimeMs(row.id)),
});

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

export const partitionKey = ({ appId, day }: ArchivePartition): string => {
  if (!isKeyPart(appId)) throw new Error('not the id of an application');
  return `${ROWS_PREFIX}app=${appId}/day=${day}/rows.jsonl.gz`;
};

/** What sealed content is bound to: it opens as what it is, and nowhere else. */
export const contentPlace = (row: { readonly org_id: string; readonly app_id: string; readonly id: string }): string =>
  `${row.org_id}/${row.app_id}/${row.id}/archive`;
