import { contentPlace, type RawName } from '@fanfare/core/archive/archive-names';
import { concurrently } from '@fanfare/core/concurrently';
import { type DataKey, seal } from '@fanfare/core/crypto/sealed';
import type { ApplicationRef, AttemptRef, MessageRef } from '@fanfare/core/keys';
import { bodyAt, type ReadPayload } from '@fanfare/core/payload-object';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { MessageRecord } from '@fanfare/events/message-record';

/** A message or an attempt as it was written, or as it stands after something was taken away from it. */
export type ArchivedItem = {
  /** Sortable; where the record stands in its shard of the stream. */
  readonly sequence: string;
  /** Milliseconds since 1970, when the table was written. */
  readonly writtenAt: number;
} & (
  | { readonly kind: 'message'; readonly ref: MessageRef; readonly record: MessageRecord }
  | { readonly kind: 'attempt'; readonly ref: AttemptRef; readonly record: AttemptRecord }
);

/** What this use case needs from the outside. */
export type ArchivePorts = {
  /** `undefined` where the application is gone, and its key with it. */
  readonly archiveKeyOf: (ref: ApplicationRef) => Promise<DataKey | undefined>;
  /** Writes rows under a name. The same name again replaces them. */
  readonly putRows: (name: RawName, rows: readonly ArchiveRow[]) => Promise<void>;
  readonly readPayload: ReadPayload;
  /** Writes the sealed content of a row that does not hold it itself. The same row again replaces it. */
  readonly putContent: (row: ArchiveRow, sealed: Uint8Array) => Promise<void>;
  readonly nonce: () => Uint8Array;
};

const KEYS_AT_ONCE = 10;

/** Large payloads in memory at the same time: a megabyte each, and as much sealed. */
const CONTENTS_AT_ONCE = 4;

/**
 * Archives what a batch of one shard tells of messages and attempts. The object's name is that of the batch, so that a repeat
 * writes the same one; a half of it writes another, and what stands twice is put together when it is compacted. A large payload
 * stands before the row that says so. Answers how many rows were written.
 */
export const archive = async (items: readonly ArchivedItem[], shard: string, ports: ArchivePorts): Promise<number> => {
  const [first] = items;
  if (first === undefined) return 0;
  const applications = [...new Map(items.map(({ ref }) => [ref.appId, ref])).values()];
  const keys = new Map(
    await concurrently(
      KEYS_AT_ONCE,
      applications,
      async ({ orgId, appId }) => [appId, await ports.archiveKeyOf({ orgId, appId })] as const,
    ),
  );
  const rows = await concurrently(CONTENTS_AT_ONCE, items, (item) => rowOf(item, keys.get(item.ref.appId), ports));
  const sequences = items.map(({ sequence }) => sequence).toSorted();
  const name = { atMs: first.writtenAt, shard, first: sequences[0] ?? '', last: sequences.at(-1) ?? '' };
  await ports.putRows(name, rows);
  return rows.length;
};

const rowOf = async (item: ArchivedItem, key: DataKey | undefined, ports: ArchivePorts): Promise<ArchiveRow> => {
  const row = item.kind === 'message' ? messageRow(item.ref, item.record) : attemptRow(item.ref, item.record);
  if (key === undefined) return row;
  const content = await contentOf(item, ports);
  if (content === undefined) return row;
  const sealed = seal(content, contentPlace(row), key, ports.nonce());
  if (!isInObject(item)) return { ...row, content: Buffer.from(sealed).toString('base64') };
  await ports.putContent(row, sealed);
  return { ...row, content_object: true } as ArchiveRow;
};

/** What stands apart in the table stands apart in the archive, so that whoever reads rows does not read megabytes. */
const isInObject = ({ kind, record }: ArchivedItem): boolean => kind === 'message' && record.payload === undefined;

/**
 * A payload that its producer wants kept for less long than its message is not archived at all. One that is gone from its object
 * was expunged meanwhile, which a later record tells.
 */
const contentOf = async (
  item: ArchivedItem,
  { readPayload }: Pick<ArchivePorts, 'readPayload'>,
): Promise<Uint8Array | undefined> => {
  if (item.record.expungedAt !== undefined) return undefined;
  if (item.kind === 'attempt') return new TextEncoder().encode(item.record.response);
  const { ref, record } = item;
  if (record.payloadExpiresAt < record.expiresAt) return undefined;
  return (await bodyAt(ref, record, readPayload))?.bytes;
};

const messageRow = ({ orgId, appId, messageId }: MessageRef, record: MessageRecord): ArchiveRow => ({
  ...{ v: 1, kind: 'message', org_id: orgId, app_id: appId, id: messageId, event_type: record.eventType },
  ...optional('event_id', record.eventId),
  ...optional('channels', record.channels),
  ...optional('tags', record.tags),
  accepted_at: record.acceptedAt,
  ...optional('deliver_at', record.deliverAt),
  ...optional('cancelled_at', record.cancelledAt),
  ...optional('expunged_at', record.expungedAt),
  app_version: record.appVersion,
  correlation_id: record.correlationId,
  encoding: record.encoding,
  ...optional('object_bytes', record.payloadObject?.bytes),
});

const attemptRow = ({ orgId, appId, messageId, endpointId }: AttemptRef, record: AttemptRecord): ArchiveRow => ({
  ...{ v: 1, kind: 'attempt', org_id: orgId, app_id: appId, id: record.id, event_type: record.eventType },
  ...{ msg_id: messageId, endpoint_id: endpointId, attempt: record.attempt, trigger: record.trigger },
  ...{ succeeded: record.succeeded, outcome: record.outcome, status_code: record.responseStatusCode },
  duration_ms: record.responseDurationMs,
  url: record.url,
  ...optional('channels', record.channels),
  ...optional('tags', record.tags),
  attempted_at: record.attemptedAt,
  ...optional('next_attempt_at', record.nextAttemptAt),
  ...optional('expunged_at', record.expungedAt),
});

const optional = <Name extends string, T>(name: Name, value: T | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [key in Name]?: T };
