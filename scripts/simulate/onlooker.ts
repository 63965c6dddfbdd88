import { parkPartition, parseAttemptKey, versionKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type EndpointRecord, endpointRecord, type OpenBreaker } from '@fanfare/events/endpoint-record';
import type { PressureSettings } from '../../services/delivery/src/domain/pressure-settings.ts';
import { MOST_SKEW_MS } from './actor.ts';
import { increment, type KnownEndpoint, type Ledger, noteFirst, pairLabel, taskLabel } from './ledger.ts';
import { readable } from './names.ts';
import type { OnWrite, Stored, Table } from './table.ts';
import type { Timeline } from './timeline.ts';

type Watched = {
  readonly ledger: Ledger;
  readonly table: Table;
  readonly timeline: Timeline;
  readonly pressure: PressureSettings;
};

/** Longer than an endpoint that fails takes for all its tasks, one by one, and shorter than a look at a disabled one waits. */
const LONGEST_PARKED_MS = 3 * 3_600_000;
const ENOUGH_OF_A_DEAD_ONE = 2;
const MESSAGE_MARKS = ['cancelledAt', 'order'] as const;
const MARKS = ['breaker', 'pausedUntil', 'slowSince'] as const;

/** Sees every write to the table, and holds what must be written once, or for a reason, against what happened. */
export const onlooker = ({ ledger, table, timeline, pressure }: Watched): { readonly onWrite: OnWrite } => {
  const complain = (what: string): void => void ledger.violations.push(what);

  const onEndpoint = (item: Stored, before: Stored | undefined): void => {
    const known = ledger.endpoints.get(String(item.id));
    if (known === undefined) return;
    const endpoint = endpointRecord.parse(item);
    noteWishes(endpoint, known, table, timeline.now());
    const isMoved = before !== undefined && before.url !== endpoint.url;
    if (isMoved) noteMove(endpoint, known);
    if (isMoved && MARKS.some((mark) => endpoint[mark] !== undefined)) {
      complain(`${readable(known.id)} is moved and keeps what its old URL has answered`);
    }
    noteBreaker(before?.breaker as OpenBreaker | undefined, endpoint, known, isMoved);
    if (endpoint.pausedUntil !== undefined && endpoint.pausedUntil < Number(before?.pausedUntil)) {
      complain(`a pause of ${readable(known.id)} is shortened`);
    }
    if (endpoint.pausedUntil !== undefined && before?.pausedUntil === undefined && !known.hasThrottled) {
      complain(`${readable(known.id)} is paused, which its URL has not asked for`);
    }
    for (const mark of MARKS)
      if (before?.[mark] === undefined && item[mark] !== undefined) increment(ledger.events, mark);
  };

  /** What was counted of another URL is not held against it. */
  const noteMove = ({ url }: EndpointRecord, known: KnownEndpoint): void => {
    increment(ledger.events, 'moved');
    Object.assign(known, { standsAt: url, failures: 0, failedFirstAt: Number.POSITIVE_INFINITY, hasThrottled: false });
  };

  /** A breaker opens after enough failures, and closes after an answer or when there is nothing to try it with. */
  const noteBreaker = (
    before: OpenBreaker | undefined,
    { breaker: after }: EndpointRecord,
    known: KnownEndpoint,
    isMoved: boolean,
  ): void => {
    const name = readable(known.id);
    // Of one that has failed for long, few are enough.
    const longAgo = timeline.now() + MOST_SKEW_MS - pressure.breakerOpenSeconds * 1000;
    const enough = known.failedFirstAt <= longAgo ? ENOUGH_OF_A_DEAD_ONE : pressure.breakerFailures;
    if (before === undefined && after !== undefined && known.failures < Math.min(enough, pressure.breakerFailures)) {
      complain(`the breaker of ${name} opens after ${known.failures} failures of ${enough}`);
    }
    if (before === undefined || after !== undefined || isMoved) return;
    const [openedAt, lookedAt] = [before.openedAt - MOST_SKEW_MS, before.until - MOST_SKEW_MS];
    const isEmpty = table.page(parkPartition({ ...known, endpointId: known.id }), () => true).length === 0;
    if (known.aliveAt < openedAt && known.parkEmptyAt < lookedAt && !isEmpty) {
      complain(`the breaker of ${name} closes although it has not answered and has parked tasks`);
    }
  };

  /** Whoever works on a log is left alone until his lease is over by every clock. */
  const noteLease = (before: Stored | undefined, after: Stored): void => {
    if (before?.leaseId === undefined || after.leaseId === undefined || before.leaseId === after.leaseId) return;
    if (Number(before.leaseUntil) > timeline.now() + MOST_SKEW_MS) {
      complain(`a log of ${readable(String(after.endpointId))} is taken from somebody who works on it`);
    }
  };

  const noteEnd = (item: Stored): void => {
    const ref = parseAttemptKey(item);
    if (ref !== undefined) noteFirst(ledger.endedAt, pairLabel(ref.messageId, ref.endpointId), timeline.now());
  };

  const notePark = (item: Stored, isGone: boolean): void => {
    const task = item.task as DeliveryTask;
    const known = ledger.endpoints.get(task.endpointId);
    if (known === undefined) return;
    if (!isGone) increment(ledger.events, 'parked');
    const longAgo = timeline.now() - LONGEST_PARKED_MS;
    const state = known.history.at(-1);
    if (isGone && state?.disabled === false && state.at < longAgo && Number(item.parkedAt) < longAgo) {
      complain(`${taskLabel(task)} was parked for hours although its endpoint is enabled`);
    }
    const parked = table.page(parkPartition(task), () => true);
    // Empty now, or empty until this was put there.
    if (parked.length === 0 || (parked.length === 1 && parked[0]?.SK === item.SK)) known.parkEmptyAt = timeline.now();
  };

  return {
    onWrite: ({ before, after }) => {
      const item = after ?? before;
      if (item === undefined) return;
      const isOnce = item.kind === 'attempt' || item.kind === 'message';
      // A message is called off, or takes its place in a log when it is due.
      const isMarked = item.kind === 'message' && MESSAGE_MARKS.some((mark) => before?.[mark] !== after?.[mark]);
      if (after?.kind === 'attempt' && after.nextAttemptAt === undefined) noteEnd(after);
      if (isOnce && before !== undefined && !isMarked) {
        complain(`${readable(`${item.PK} ${item.SK}`)} is written again`);
      }
      if (after?.kind === 'due' && after.what === 'task' && before === undefined) {
        increment(ledger.scheduled, taskLabel(after.task as DeliveryTask));
      }
      if (after?.kind === 'endpoint') onEndpoint(after, before);
      if (after?.kind === 'ordered-cursor') noteLease(before, after);
      if (item.kind === 'parked') notePark(item, after === undefined);
    },
  };
};

/** Notes what an endpoint asks for from now on, whoever changed it. */
const noteWishes = (endpoint: EndpointRecord, { history, ...known }: KnownEndpoint, table: Table, at: number): void => {
  const { disabled, deletedAt, eventTypes, channels, orderedSince } = endpoint;
  const before = history.at(-1);
  const ordered = orderedSince !== undefined;
  const state = { disabled, deleted: deletedAt !== undefined, ordered, eventTypes, channels };
  const isSame = before !== undefined && JSON.stringify({ ...before, ...state }) === JSON.stringify(before);
  if (!isSame) history.push({ version: Number(table.get(versionKey(known))?.version ?? 0), at, ...state });
};
