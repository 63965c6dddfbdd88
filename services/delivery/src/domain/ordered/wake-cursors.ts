import { concurrently } from '@fanfare/core/concurrently';
import type { EndpointRef } from '@fanfare/core/keys';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import { isGone, isOrdered, type OrderedState } from './hold.ts';
import { type Announce, type Look, lookFor } from './looked.ts';

/** What this use case needs from the outside. */
export type WakeCursorsPorts = {
  /** Some cursors of an endpoint, by their ordering keys. Sees every write that was answered. */
  readonly readCursors: (
    ref: EndpointRef,
    after?: string,
  ) => Promise<{ readonly cursors: readonly OrderedCursor[]; readonly after?: string }>;
  readonly announce: Announce;
  readonly now: () => number;
};

/** How far ahead logs are woken: not as far as the next look at the endpoint, which would wake them a second time. */
const AHEAD_SECONDS = 60;
const CALLS_AT_ONCE = 10;

/** A log that waits for something to change about its endpoint; `undefined` when none does. */
export const firstWaiting = async (
  ref: EndpointRef,
  state: OrderedState,
  ports: Pick<WakeCursorsPorts, 'readCursors'>,
): Promise<OrderedCursor | undefined> => (await waitingLogs(ref, state, 1, ports))[0];

/** Wakes logs that wait for an endpoint which takes messages again, so many a second. Answers how many. */
export const wakeCursors = async (
  ref: EndpointRef,
  state: OrderedState,
  ratePerSecond: number,
  ports: WakeCursorsPorts,
): Promise<number> => {
  const waiting = await waitingLogs(ref, state, ratePerSecond * AHEAD_SECONDS, ports);
  const nowMs = ports.now();
  const looks = waiting.map((cursor, index) => lookAt(ref, cursor, nowMs + (index * 1000) / ratePerSecond));
  await concurrently(CALLS_AT_ONCE, looks, ports.announce);
  return looks.length;
};

/** Has a log try whether its endpoint answers again. */
export const probeWith = async (ref: EndpointRef, cursor: OrderedCursor, ports: WakeCursorsPorts): Promise<void> => {
  await ports.announce({ ...lookAt(ref, cursor, ports.now()), probe: true });
};

const waitingLogs = async (
  ref: EndpointRef,
  state: OrderedState,
  limit: number,
  { readCursors }: Pick<WakeCursorsPorts, 'readCursors'>,
): Promise<readonly OrderedCursor[]> => {
  const waiting: OrderedCursor[] = [];
  let after: string | undefined;
  do {
    const page = await readCursors(ref, after);
    waiting.push(...page.cursors.filter((cursor) => waitsForEndpoint(cursor, state)));
    after = page.after;
  } while (after !== undefined && waiting.length < limit);
  return waiting.slice(0, limit);
};

/** Whether somebody has to wake a log, because what it waits for may be over before its time. */
const waitsForEndpoint = ({ blockedUntil, blockedBy }: OrderedCursor, state: OrderedState): boolean => {
  if (blockedUntil === undefined) return false;
  return blockedBy === 'breaker' || blockedBy === 'disabled' || isGone(state) || !isOrdered(state);
};

const lookAt = ({ orgId, appId, endpointId }: EndpointRef, { orderingKey, next }: OrderedCursor, at: number): Look =>
  lookFor({ orgId, appId, endpointId, orderingKey }, next, at);
