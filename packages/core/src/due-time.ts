/**
 * The time of what waits to be due, in buckets. A bucket is a key partition times its shards: what is due at the same
 * time must not meet in one partition, which takes 1,000 writes a second.
 */
export const DUE_BUCKET_MS = 5 * 60 * 1000;
export const DUE_SHARDS = ['0', '1', '2', '3'] as const;
export type DueShard = (typeof DUE_SHARDS)[number];

/** How far back a writer may write. */
const WRITABLE_MS = 2 * 60 * 1000;

/** How far back a bucket must lie before a sweep that finds it empty never looks at it again. */
export const CLOSED_AFTER_MS = 5 * 60 * 1000;

export const dueBucket = (atMs: number): number => Math.floor(atMs / DUE_BUCKET_MS);

const endOf = (bucket: number): number => (bucket + 1) * DUE_BUCKET_MS;

/**
 * The time under which something is stored that is to be due at `dueAt`: now, when its bucket is too old to be written
 * into. Between what a writer may still write into and what a sweep has left behind for ever lie three minutes, which
 * pay for clocks that differ and for a write that takes long.
 */
export const storedDueAt = (dueAt: number, nowMs: number): number =>
  endOf(dueBucket(dueAt)) + WRITABLE_MS < nowMs ? nowMs : dueAt;

/** Whether a bucket that is found empty at this time stays empty. */
export const isClosed = (bucket: number, nowMs: number): boolean => endOf(bucket) + CLOSED_AFTER_MS <= nowMs;

/** FNV-1a, of which two bits are enough. */
export const dueShard = (id: string): DueShard => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  return DUE_SHARDS[(hash >>> 8) % DUE_SHARDS.length] as DueShard;
};
