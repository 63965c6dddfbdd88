import { concurrently } from '@fanfare/core/concurrently';
import { DUE_SHARDS, type DueShard, dueBucket, isClosed } from '@fanfare/core/due-time';
import type { Key } from '@fanfare/core/keys';
import type { DueItem, DueMessage } from '@fanfare/events/due-item';

/**
 * What is due within this time is sent on, with the delay that is left. It is longer than the time between two runs, so
 * that whatever is due is in its queue before, and a run that is late or fails is made up for by the next.
 */
export const LOOK_AHEAD_MS = 90_000;

/** A due item where it lies; without the item where it cannot be read. */
export type DueEntry = { readonly key: Key; readonly dueAt: number; readonly item?: DueItem };
export type DuePage = { readonly entries: readonly DueEntry[]; readonly after?: Key };

/** What this use case needs from the outside. */
export type SweepPorts = {
  readonly readCursor: (shard: DueShard) => Promise<number | undefined>;
  /** Moves the cursor forward to this bucket, never back. */
  readonly advanceCursor: (shard: DueShard, bucket: number) => Promise<void>;
  /** What a bucket holds that is due until then, oldest first, a page at a time. Sees every write that was answered. */
  readonly readPage: (shard: DueShard, bucket: number, until: number, after?: Key) => Promise<DuePage>;
  /** Sends up to BATCH_SIZE items to where they belong. Answers those that were taken. */
  readonly send: (items: readonly Exclude<DueItem, DueMessage>[]) => Promise<ReadonlySet<DueItem>>;
  /** Deletes up to BATCH_SIZE entries; those that are gone already too. */
  readonly remove: (keys: readonly Key[]) => Promise<void>;
  readonly now: () => number;
};

export type SweepLimits = {
  /** When a run ends, finished or not, in milliseconds since 1970: the next one goes on. */
  readonly stopAt: number;
  /** Where a shard begins that has no cursor yet. */
  readonly lookBackMs: number;
};

export type Swept = {
  readonly sent: number;
  /** How much was due and stays: it cannot be read, or its queue did not take it. */
  readonly left: number;
  /** Some of what stays. */
  readonly examples: readonly Key[];
  /** By how much the oldest item found was late; 0 when none was. */
  readonly overdueMs: number;
  readonly isFinished: boolean;
};

/** SQS's limit of one SendMessageBatch call. */
export const BATCH_SIZE = 10;
const BATCHES_AT_ONCE = 8;
const MAX_EXAMPLES = 10;

/**
 * Sends on what is due soon, of all shards side by side. Each item is sent first and deleted then, so it may be sent
 * twice, after a crash in between or by two runs at once, and never not at all: a repeated task meets its attempt.
 */
export const sweep = async (ports: SweepPorts, limits: SweepLimits): Promise<Swept> => {
  const shards = await concurrently(DUE_SHARDS.length, DUE_SHARDS, (shard) => sweepShard(shard, ports, limits));
  return shards.reduce(both);
};

const NOTHING: Swept = { sent: 0, left: 0, examples: [], overdueMs: 0, isFinished: true };

const both = (one: Swept, other: Swept): Swept => ({
  sent: one.sent + other.sent,
  left: one.left + other.left,
  examples: [...one.examples, ...other.examples].slice(0, MAX_EXAMPLES),
  overdueMs: Math.max(one.overdueMs, other.overdueMs),
  isFinished: one.isFinished && other.isFinished,
});

const sweepShard = async (shard: DueShard, ports: SweepPorts, limits: SweepLimits): Promise<Swept> => {
  const startedAt = ports.now();
  const first = (await ports.readCursor(shard)) ?? dueBucket(startedAt - limits.lookBackMs);
  let swept = NOTHING;
  let next = first;
  for (let bucket = first; bucket <= dueBucket(ports.now() + LOOK_AHEAD_MS); bucket += 1) {
    // Asked before it is read: a bucket that closes while it is being read may have been written into.
    const wasClosed = isClosed(bucket, ports.now());
    const { isEmpty, ...found } = await sweepBucket(shard, bucket, ports, limits);
    swept = both(swept, found);
    // One that had something is left behind by the next run, which sees whether everything was deleted.
    if (wasClosed && isEmpty && next === bucket) next = bucket + 1;
    if (!found.isFinished) break;
  }
  if (next > first) await ports.advanceCursor(shard, next);
  return swept;
};

const sweepBucket = async (
  shard: DueShard,
  bucket: number,
  ports: SweepPorts,
  { stopAt }: SweepLimits,
): Promise<Swept & { readonly isEmpty: boolean }> => {
  let swept = NOTHING;
  let isEmpty = true;
  let after: Key | undefined;
  do {
    if (ports.now() >= stopAt) return { ...swept, isFinished: false, isEmpty: false };
    const page = await ports.readPage(shard, bucket, ports.now() + LOOK_AHEAD_MS, after);
    if (page.entries.length > 0) isEmpty = false;
    const ready = page.entries.filter((entry) => isReady(entry, ports.now()));
    const batches = await concurrently(BATCHES_AT_ONCE, inBatches(ready), (batch) => sendOn(batch, ports));
    swept = [swept, ...batches].reduce(both);
    after = page.after;
  } while (after !== undefined);
  return { ...swept, isEmpty };
};

/** A task waits for what is left in its queue. A message has no such place: to remove its due item is to send it on. */
const isReady = ({ item, dueAt }: DueEntry, nowMs: number): boolean => item?.what !== 'message' || dueAt <= nowMs;

const inBatches = (entries: readonly DueEntry[]): DueEntry[][] =>
  Array.from({ length: Math.ceil(entries.length / BATCH_SIZE) }, (_, index) =>
    entries.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );

const sendOn = async (entries: readonly DueEntry[], ports: SweepPorts): Promise<Swept> => {
  const overdueMs = Math.max(0, ...entries.map(({ dueAt }) => ports.now() - dueAt));
  const queued = entries.flatMap(({ item }) => (item === undefined || item.what === 'message' ? [] : [item]));
  const taken = queued.length === 0 ? new Set<DueItem>() : await ports.send(queued);
  const isTaken = ({ item }: DueEntry): boolean => item !== undefined && (item.what === 'message' || taken.has(item));
  const sent = entries.filter(isTaken).map(({ key }) => key);
  if (sent.length > 0) await ports.remove(sent);
  const left = entries.filter((entry) => !isTaken(entry)).map(({ key }) => key);
  return { sent: sent.length, left: left.length, examples: left, overdueMs, isFinished: true };
};
