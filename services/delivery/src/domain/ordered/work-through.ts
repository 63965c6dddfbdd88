import type { CursorRef, LogRef } from '@fanfare/core/keys';
import type { LogNumbers } from '@fanfare/core/log-numbers';
import { unreachable } from '@fanfare/core/unreachable';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { LogEntry } from '@fanfare/events/ordered-log';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import { cursorAt, type Lease } from './cursor-at.ts';
import { type Hold, isGone, isOrdered, type OrderedState, type Slot, slotOf } from './hold.ts';
import { type Announce, type Done, type Looked, lookAfter, NOTHING_DONE } from './looked.ts';
import { type LogPage, type LogStep, nextInLog, type Position } from './next-in-log.ts';
import { isWantedBy, type Taken, type TurnPorts, takeTurn } from './take-turn.ts';

/** What this use case needs from the outside. */
export type WorkPorts = TurnPorts &
  Pick<LogNumbers, 'closeNumber'> & {
    /** As of this moment. A cursor whose time is over is not there. */
    readonly readState: (ref: CursorRef) => Promise<OrderedState>;
    /** Writes a cursor, if the one that stands is the one that was `seen`: none, or of the same place and the same lease. */
    readonly moveCursor: (ref: CursorRef, seen: OrderedCursor | undefined, to: OrderedCursor) => Promise<boolean>;
    /** Some items from a number on, the lowest first. Sees every write that was answered. */
    readonly readLog: (log: LogRef, from: number) => Promise<LogPage>;
    readonly announce: Announce;
    readonly sleep: (ms: number) => Promise<unknown>;
  };

export type WorkLimits = {
  /** When this function has to have ended, in milliseconds since 1970. */
  readonly stopAt: number;
  /** What an attempt and what is written around it take at the most. None begins that might not end. */
  readonly attemptMs: number;
};

/** A log that was leased. */
export type LeasedLog = {
  readonly wake: OrderedWake;
  readonly lease: Lease;
  readonly limits: WorkLimits;
  /** The cursor as it was leased. */
  readonly stored: OrderedCursor;
  readonly state: OrderedState;
};

/** How far the work has come. */
type Progress = {
  readonly position: Position;
  /** The cursor as it stands in the table. */
  readonly stored: OrderedCursor;
  readonly state: OrderedState;
  /** Absent when it has to be read. */
  readonly page?: LogPage | undefined;
  /** What the attempt that is next waits for, in milliseconds since 1970. */
  readonly waits: { readonly dueAt?: number | undefined; readonly slot?: Slot };
  readonly isProbe: boolean;
  readonly done: Done;
};

/** How it ends. A look is announced for `lookAt`. */
type End = {
  readonly kind: 'finished' | 'gone' | 'stopped' | 'handed-on' | 'superseded';
  readonly hold?: Hold;
  readonly lookAt?: number;
  readonly waitsSince?: number;
};

type Step = { readonly progress: Progress; readonly end?: End | undefined };

/** A wait that is not longer is slept: a queue delays by whole seconds. */
const LONGEST_SLEEP_MS = 1_000;

export const workThrough = async (log: LeasedLog, ports: WorkPorts): Promise<Looked> => {
  let progress: Progress = {
    position: log.stored,
    stored: log.stored,
    state: log.state,
    waits: waitsOf(log.stored, log.wake),
    isProbe: log.wake.probe === true,
    done: NOTHING_DONE,
  };
  for (;;) {
    const step = isOutOfTime(log.limits, ports.now())
      ? { progress, end: { kind: 'handed-on', lookAt: ports.now() } as const }
      : await nextStep(log, progress, ports);
    progress = step.progress;
    if (step.end !== undefined) return endWith(log, progress, step.end, ports);
  }
};

const isOutOfTime = ({ stopAt, attemptMs }: WorkLimits, nowMs: number): boolean => nowMs + attemptMs > stopAt;

/** A look that was announced for when the wait is over is not early, whatever the clock here says. */
const waitsOf = (cursor: OrderedCursor, { wakeAt = 0 }: OrderedWake): Progress['waits'] => {
  const { blockedBy, blockedUntil } = cursor;
  const isEarly = blockedBy === 'retry' && blockedUntil !== undefined && wakeAt < blockedUntil;
  return { slot: slotOf(cursor), ...(isEarly ? { dueAt: blockedUntil } : {}) };
};

/** The announcement comes first: after a crash in between, somebody looks at what looks as before. */
const endWith = async (
  { wake }: LeasedLog,
  { position, stored, done }: Progress,
  { kind, hold, lookAt, waitsSince }: End,
  ports: WorkPorts,
): Promise<Looked> => {
  if (kind === 'superseded') return { kind, done };
  if (lookAt !== undefined) await ports.announce(lookAfter(wake, position.next, lookAt));
  const isMoved = await ports.moveCursor(wake, stored, cursorAt(wake, position, { hold }, ports.now()));
  if (!isMoved) return { kind: 'superseded', done };
  return { kind, done, ...(hold && { hold }), ...(waitsSince && { waitsSince }) };
};

const nextStep = async (log: LeasedLog, before: Progress, ports: WorkPorts): Promise<Step> => {
  const { wake } = log;
  const page = before.page ?? (await ports.readLog(wake, before.position.next));
  // Whoever accepted it knew of changes that were made after the endpoint was read.
  const state = isNewer(page, before.state) ? await ports.readState(wake) : before.state;
  const { position, step } = nextInLog(before.position, page, wantedIn(log, state), ports.now());
  const waits = position.next === before.position.next ? before.waits : {};
  const progress = { ...before, position, page, state, waits };
  return act(log, progress, step, ports);
};

const isNewer = ({ items }: LogPage, { application }: OrderedState): boolean =>
  items.some((item) => item.kind === 'log-entry' && item.appVersion > (application?.version ?? 0));

/**
 * The message that the cursor stood at is looked at whatever its endpoint wants by now: its attempt may stand recorded, and
 * promise another one, which nobody has come to note.
 */
const wantedIn =
  ({ stored }: LeasedLog, { endpoint }: OrderedState) =>
  (entry: LogEntry): boolean =>
    entry.number === stored.next || endpoint === undefined || isWantedBy(endpoint, entry);

const act = async (log: LeasedLog, progress: Progress, step: LogStep, ports: WorkPorts): Promise<Step> => {
  switch (step.kind) {
    case 'end':
      return { progress, end: { kind: 'finished' } };
    case 'read-on':
      return { progress: { ...progress, page: undefined } };
    case 'wait':
      return { progress, end: waitForHole(log, progress, step.until, ports.now()) };
    case 'close':
      return { progress: await close(log, progress, step.number, ports) };
    case 'turn':
      return turn(log, progress, step.entry, ports);
    default:
      return unreachable(step);
  }
};

/** Whoever writes late may have nothing for this endpoint, and so does not wake it: it is looked at before all hope is gone. */
const HOLE_LOOK_MS = 5_000;

const waitForHole = ({ wake }: LeasedLog, { stored }: Progress, hopeUntil: number, nowMs: number): End => {
  const { blockedBy, blockedUntil = 0 } = stored;
  const isAnnounced = blockedBy === 'hole' && blockedUntil > Math.max(nowMs, wake.wakeAt ?? 0);
  if (isAnnounced) return { kind: 'stopped', hold: { reason: 'hole', until: blockedUntil } };
  const until = Math.min(hopeUntil, nowMs + HOLE_LOOK_MS);
  return { kind: 'stopped', hold: { reason: 'hole', until }, lookAt: until };
};

const close = async ({ wake }: LeasedLog, progress: Progress, number: number, ports: WorkPorts): Promise<Progress> => {
  const outcome = await ports.closeNumber(wake, number);
  const closed = progress.done.closed + (outcome === 'closed' ? 1 : 0);
  return { ...progress, page: undefined, done: { ...progress.done, closed } };
};

const turn = async (log: LeasedLog, before: Progress, entry: LogEntry, ports: WorkPorts): Promise<Step> => {
  const { wake, lease } = log;
  const { position } = before;
  let { stored } = before;
  // Saved before the next one is sent: whoever has lost the log finds out here.
  if (stored.next !== position.next) {
    const to = cursorAt(wake, position, { lease }, ports.now());
    if (!(await ports.moveCursor(wake, stored, to))) return { progress: before, end: { kind: 'superseded' } };
    stored = to;
  }
  const { attempt } = position;
  const { from = wake.number } = wake;
  const isWokenFor = entry.number >= from && entry.number <= wake.number;
  const taken = await takeTurn(wake, { entry, attempt, ...before.waits, isProbe: before.isProbe, isWokenFor }, ports);
  const { progress, end } = await after({ ...before, stored, state: taken.state }, taken, ports);
  return { progress, end: end && { ...end, waitsSince: entry.acceptedAt } };
};

const after = async (before: Progress, taken: Taken, ports: WorkPorts): Promise<Step> => {
  const progress = counted(before, taken);
  const { next } = progress.position;
  switch (taken.kind) {
    case 'gone':
      return { progress, end: { kind: 'gone' } };
    case 'ended':
      return { progress: { ...progress, position: { next: next + 1, attempt: 1 }, waits: {} } };
    case 'hold':
      return waitFor(taken.hold, progress, ports);
    case 'again': {
      const { attempt, dueAt } = taken;
      const again = { ...progress, position: { next, attempt }, waits: { dueAt } };
      // What is made a task of, or ends, waits for its time elsewhere or not at all.
      if (isGone(taken.state) || !isOrdered(taken.state)) return { progress: again };
      return waitFor({ reason: 'retry', until: dueAt }, again, ports);
    }
    default:
      return unreachable(taken);
  }
};

const waitFor = async (hold: Hold, progress: Progress, ports: WorkPorts): Promise<Step> => {
  const ms = hold.until - ports.now();
  if (ms > LONGEST_SLEEP_MS) return { progress, end: { kind: 'stopped', hold, lookAt: hold.until } };
  if (ms > 0) await ports.sleep(Math.ceil(ms));
  return { progress: { ...progress, waits: hold.slot === undefined ? {} : { slot: hold.slot } } };
};

const counted = (progress: Progress, taken: Taken): Progress => {
  if (!('was' in taken) || taken.was === 'passed') return progress;
  const { attempted, released, closed } = progress.done;
  const done =
    taken.was === 'attempted'
      ? { attempted: attempted + 1, released, closed }
      : { attempted, released: released + 1, closed };
  return { ...progress, done, isProbe: false };
};
