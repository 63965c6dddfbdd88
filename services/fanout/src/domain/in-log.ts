import type { CursorRef, MessageRef } from '@fanfare/core/keys';
import { lastMovedAt, type OrderedCursor } from '@fanfare/events/ordered-cursor';
import { comesThroughLog } from '@fanfare/events/through-log';
import type { Addressed, MissingAttempt } from './accounted.ts';
import type { Application } from './application-cache.ts';
import { asMatched } from './fan-out.ts';

/** What of a cursor tells whether somebody comes to a message. */
export type CursorSeen = Pick<OrderedCursor, 'next' | 'blockedUntil' | 'leaseUntil' | 'expiresAt'>;

export type LogPorts = {
  /** As of this moment. A cursor whose time is over is not there. */
  readonly logCursor: (ref: CursorRef) => Promise<CursorSeen | undefined>;
};

/** The cursors of the endpoints that get a message through its log, by endpoint. */
export type Cursors = ReadonlyMap<string, CursorSeen | undefined>;

/**
 * Reads the cursors of a message's log. Before its attempts are read: whoever has moved a cursor beyond a message has recorded
 * the attempt before.
 */
export const cursorsOf = async (
  { orgId, appId }: MessageRef,
  message: Addressed,
  application: Application,
  { logCursor }: LogPorts,
): Promise<Cursors> => {
  const { order } = message;
  if (order === undefined) return new Map();
  const ordered = application.subscribers.filter((one) => comesThroughLog(one, asMatched(message, application)));
  return new Map(
    await Promise.all(
      ordered.map(async ({ id }) => {
        const cursor = await logCursor({ orgId, appId, endpointId: id, orderingKey: order.key });
        return [id, cursor] as const;
      }),
    ),
  );
};

/** Attempts that nothing in the table stands for, by what the log of their endpoint says. */
export type InLogs = {
  /** They come through no log, or the cursor has passed them without an attempt: nobody will come to them. */
  readonly outside: readonly MissingAttempt[];
  /** The cursor stands before them, and nobody has moved it for a long time. */
  readonly forgotten: readonly MissingAttempt[];
  /** When the others should be looked at again; absent when there are none. */
  readonly lookAgainAt?: number;
};

/**
 * Tells of missing attempts which of them somebody comes to. A cursor that is worked on, waits for its time or was moved lately
 * is in good hands; one that rests although messages stand before it has lost its wake-up.
 */
export const inLogs = (
  { order }: Addressed,
  missing: readonly MissingAttempt[],
  cursors: Cursors,
  { overdueMs, nowMs }: { readonly overdueMs: number; readonly nowMs: number },
): InLogs => {
  const stands = missing.map((one): Stand & { readonly one: MissingAttempt } => {
    if (order === undefined || !cursors.has(one.endpointId)) return { one, kind: 'outside' };
    return { one, ...standOf(order.number, one.dueAt, cursors.get(one.endpointId), overdueMs, nowMs) };
  });
  const of = (kind: Stand['kind']) => stands.filter((stand) => stand.kind === kind).map(({ one }) => one);
  const times = stands.flatMap((stand) => (stand.kind === 'waits' ? [stand.lookAgainAt] : []));
  return {
    outside: of('outside'),
    forgotten: of('forgotten'),
    ...(times.length === 0 ? {} : { lookAgainAt: Math.min(...times) }),
  };
};

type Stand = { readonly kind: 'outside' | 'forgotten' } | { readonly kind: 'waits'; readonly lookAgainAt: number };

/** What is behind another message waits for that one, for days if need be: nobody looks again sooner than this. */
const BEHIND_RECHECK_MS = 6 * 60 * 60_000;

const standOf = (
  number: number,
  dueAt: number,
  cursor: CursorSeen | undefined,
  overdueMs: number,
  nowMs: number,
): Stand => {
  if (cursor !== undefined && cursor.next > number) return { kind: 'outside' };
  const { blockedUntil = 0, leaseUntil = 0 } = cursor ?? {};
  const restsSince = Math.max(dueAt, blockedUntil, leaseUntil, cursor === undefined ? 0 : lastMovedAt(cursor));
  const overdueAt = restsSince + overdueMs;
  if (overdueAt <= nowMs) return { kind: 'forgotten' };
  const isFirst = cursor === undefined || cursor.next === number;
  return { kind: 'waits', lookAgainAt: isFirst ? overdueAt : Math.max(overdueAt, nowMs + BEHIND_RECHECK_MS) };
};
