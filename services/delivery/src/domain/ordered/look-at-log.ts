import type { LogRef } from '@fanfare/core/keys';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import { leasedCursor } from './cursor-at.ts';
import { firstNumber } from './first-cursor.ts';
import { isGone, isHeld } from './hold.ts';
import { type Done, type Looked, lookAfter, NOTHING_DONE } from './looked.ts';
import type { LogPage } from './next-in-log.ts';
import { type WorkLimits, type WorkPorts, workThrough } from './work-through.ts';

/** What this use case needs from the outside. */
export type LookPorts = WorkPorts & {
  /** Some items from a number down, the highest first. */
  readonly readLogBack: (log: LogRef, from: number) => Promise<LogPage>;
  readonly mintLeaseId: () => string;
};

export type LookSettings = WorkLimits & {
  /** Longer than a function runs. */
  readonly leaseMs: number;
};

/** How soon somebody looks again who has lost the log to somebody else. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Works through a log for an ordered endpoint, one message after the other, from its cursor on: to the end of the log, to a
 * message that has to wait, or to the end of the time. Whatever ends it, a look is announced before for what is left. So is
 * one by whoever finds that somebody else works on it: a crash anywhere leaves a look to come.
 */
export const lookAtLog = async (wake: OrderedWake, settings: LookSettings, ports: LookPorts): Promise<Looked> => {
  const state = await ports.readState(wake);
  const { cursor } = state;
  const nowMs = ports.now();
  if (isPassed(wake, cursor)) return { kind: 'passed', done: NOTHING_DONE };
  if (isHeld(state, wake, nowMs)) return { kind: 'held', done: NOTHING_DONE };
  if (cursor === undefined && isGone(state)) return { kind: 'gone', done: NOTHING_DONE };
  const leasedUntil = cursor?.leaseUntil ?? 0;
  if (leasedUntil > nowMs) return lookAgain('busy', wake, leasedUntil + LOOK_AGAIN_MS, NOTHING_DONE, ports);
  const lease = { leaseId: ports.mintLeaseId(), leaseUntil: Math.ceil(nowMs + settings.leaseMs) };
  const next = cursor?.next ?? (await firstNumber(wake, wake.from ?? wake.number, state.endpoint, ports.readLogBack));
  const stored = leasedCursor(wake, { next, attempt: cursor?.attempt ?? 1 }, cursor, lease, nowMs);
  if (!(await ports.moveCursor(wake, cursor, stored))) {
    return lookAgain('superseded', wake, nowMs + LOOK_AGAIN_MS, NOTHING_DONE, ports);
  }
  const worked = await workThrough({ wake, lease, limits: settings, stored, state }, ports);
  if (worked.kind !== 'superseded') return worked;
  return lookAgain('superseded', wake, ports.now() + LOOK_AGAIN_MS, worked.done, ports);
};

/** Whoever died beyond the number that it was woken for is woken for that number again, and has left the others behind. */
const isPassed = ({ number }: OrderedWake, cursor: OrderedCursor | undefined): boolean =>
  cursor !== undefined && cursor.next > number && cursor.leaseId === undefined;

/** The number that it was woken for may not have been there yet when the other one looked. */
const lookAgain = async (
  kind: 'busy' | 'superseded',
  wake: OrderedWake,
  at: number,
  done: Done,
  { announce }: Pick<LookPorts, 'announce'>,
): Promise<Looked> => {
  await announce(lookAfter(wake, wake.number, at));
  return { kind, done };
};
