import { ACTIVITY_SHARDS, type ActivityRef, hourOf, hourStartMs } from '@fanfare/core/keys';
import type { FoundMessage } from './account-for.ts';

/** A stretch of time, its end excluded, within one hour. */
export type Slice = { readonly fromMs: number; readonly toMs: number };

/** How far a walk through a slice has come; where the next one goes on. */
export type Position = {
  readonly shard: number;
  /** The mark of the application that was under way. */
  readonly mark?: string | undefined;
  /** The last of its messages, or of the rechecks, that was done. */
  readonly after?: string | undefined;
  readonly phase: 'messages' | 'rechecks';
};

export const START: Position = { shard: 0, phase: 'messages' };

export type Mark = ActivityRef & { readonly sortKey: string; readonly lateAt?: number };

export type WalkPorts = {
  /** Marks of one shard of an hour in their order, from `from` on. */
  readonly marks: (hour: number, shard: number, from?: string) => AsyncIterable<Mark>;
  /** Messages of an application by the time of their ids, a page at a time. */
  readonly messages: (ref: ActivityRef, slice: Slice, after?: string) => AsyncIterable<Page>;
  /** Messages that are to be looked at again in a slice, a page at a time. */
  readonly rechecks: (slice: Slice, shard: number, after?: string) => AsyncIterable<Page>;
};

/** `last` is where a walk goes on that ends after this page. */
export type Page = { readonly found: readonly FoundMessage[]; readonly last: string };

/** The stretch that follows `fromMs`: at most to the end of its hour, as marks are kept by the hour. */
export const sliceAfter = (fromMs: number, untilMs: number): Slice | undefined => {
  const toMs = Math.min(untilMs, hourStartMs(hourOf(fromMs) + 1));
  return toMs > fromMs ? { fromMs, toMs } : undefined;
};

/**
 * Every message that was accepted in a slice of time, or saved late in it, or is to be looked at again in it: page by page,
 * so that memory does not grow with what there is, and each with the position behind it.
 */
export async function* walk(
  slice: Slice,
  start: Position,
  ports: WalkPorts,
): AsyncGenerator<{ readonly found: readonly FoundMessage[]; readonly position: Position }> {
  const hour = hourOf(slice.fromMs);
  for (let shard = start.shard; shard < ACTIVITY_SHARDS; shard += 1) {
    const resumed = shard === start.shard ? start : { shard, phase: 'messages' as const };
    if (resumed.phase === 'messages') yield* walkMessages(hour, slice, resumed, ports);
    const after = resumed.phase === 'rechecks' ? resumed.after : undefined;
    for await (const { found, last } of ports.rechecks(slice, shard, after)) {
      yield { found, position: { shard, phase: 'rechecks', after: last } };
    }
  }
}

async function* walkMessages(hour: number, slice: Slice, start: Position, ports: WalkPorts) {
  const { shard } = start;
  for await (const mark of ports.marks(hour, shard, start.mark)) {
    const wanted = messagesOf(mark, slice);
    if (wanted === undefined) continue;
    const after = mark.sortKey === start.mark ? start.after : undefined;
    for await (const { found, last } of ports.messages(mark, wanted, after)) {
      yield { found, position: { shard, phase: 'messages', mark: mark.sortKey, after: last } as const };
    }
  }
}

/** A late message may stand anywhere in its hour. */
const messagesOf = ({ hour, messageHour, lateAt }: Mark, slice: Slice): Slice | undefined => {
  const isLate = lateAt !== undefined && lateAt >= slice.fromMs && lateAt < slice.toMs;
  if (!isLate) return hour === messageHour ? slice : undefined;
  return { fromMs: hourStartMs(messageHour), toMs: Math.min(hourStartMs(messageHour + 1), slice.toMs) };
};
