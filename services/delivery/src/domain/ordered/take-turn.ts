import { isDestination } from '@fanfare/core/destinations/destination';
import type { CursorRef } from '@fanfare/core/keys';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask, Lane } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { labelsOf } from '@fanfare/events/labels';
import { matches } from '@fanfare/events/matches';
import type { LogEntry } from '@fanfare/events/ordered-log';
import { startsAt } from '@fanfare/events/starts-at';
import { comesThroughLog } from '@fanfare/events/through-log';
import type { Admission } from '../admission.ts';
import { disablingAnswer } from '../endpoint-health.ts';
import type { TaskState } from '../sendable.ts';
import { type Hold, holdOf, isGone, isOrdered, type Slot, slotOf } from './hold.ts';

/** What a turn needs from the outside. */
export type TurnPorts = {
  /** What the table says about a task, as of this moment: whether its attempt stands, endpoint, application, message. */
  readonly taskState: (task: DeliveryTask) => Promise<TaskState>;
  readonly admit: (task: DeliveryTask, state: TaskState) => Promise<Admission>;
  /** Makes an attempt after a short wait, or finds it made, and answers what stands recorded then. Schedules nothing. */
  readonly attempt: (task: DeliveryTask, state: TaskState, waitMs: number, entry: LogEntry) => Promise<AttemptRecord>;
  /** Makes a task of it like any other, that is due at a time, in milliseconds since 1970. */
  readonly release: (task: DeliveryTask, dueAt: number, entry: LogEntry) => Promise<void>;
  readonly now: () => number;
  readonly mintCopyId: () => string;
};

/** An attempt whose turn it is. Times are in milliseconds since 1970. */
export type Turn = {
  readonly entry: LogEntry;
  readonly attempt: number;
  /** When the attempt before this one said that it follows. */
  readonly dueAt?: number | undefined;
  readonly slot?: Slot;
  readonly isProbe: boolean;
  /** Whether fan-out has told this log of it. */
  readonly isWokenFor: boolean;
};

/** What came of a turn. `state` is what was known then. */
export type Taken = (
  | /** The message has had what it gets: the next one's turn comes. */
  { readonly kind: 'ended'; readonly was: 'passed' | 'attempted' | 'released' }
  /** Another attempt of it follows. */
  | { readonly kind: 'again'; readonly attempt: number; readonly dueAt: number; readonly was: 'passed' | 'attempted' }
  | { readonly kind: 'hold'; readonly hold: Hold }
  /** Nothing can be sent there any more. */
  | { readonly kind: 'gone' }
) & { readonly state: TaskState };

/** Whether an endpoint is to get a message, whichever way. While it is disabled its log stands still; it is not passed. */
export const isWantedBy = (endpoint: EndpointRecord, entry: LogEntry): boolean =>
  matches({ ...endpoint, disabled: false }, entry);

/**
 * Makes the attempt of a message whose turn it is, if it does not stand recorded already: whoever made it may have died
 * before the cursor moved. What its record says is what follows, then and now.
 */
export const takeTurn = async (ref: CursorRef, turn: Turn, ports: TurnPorts): Promise<Taken> => {
  const task = taskOf(ref, turn, ports.mintCopyId());
  const state = await ports.taskState(task);
  if (state.standing !== undefined)
    return { ...follows(await settled(state.standing, task, turn, state, ports), 'passed'), state };
  const { endpoint } = state;
  if (isGone(state) || endpoint === undefined) {
    // What was promised ends with a record that says so. Nothing was promised of the others.
    if (turn.attempt === 1) return { kind: 'gone', state };
    return { ...follows(await ports.attempt(task, state, 0, turn.entry), 'attempted'), state };
  }
  if (turn.attempt === 1 && !isWantedBy(endpoint, turn.entry)) return { kind: 'ended', was: 'passed', state };
  if (turn.attempt === 1 && isLeftToFanOut(endpoint, turn)) return { kind: 'ended', was: 'passed', state };
  if (!isOrdered(state) || (turn.attempt === 1 && !cameThroughLog(endpoint, turn))) {
    // It goes out now, so a slot that it was to wait for here is not its time: it has another one reserved.
    const { slotAt: _slot, ...left } = timed(task, state);
    await ports.release({ ...left, lane: laneAtRelease(endpoint) }, turn.dueAt ?? 0, turn.entry);
    return { kind: 'ended', was: 'released', state };
  }
  return attemptInTurn(timed(task, state), turn, { ...state, endpoint }, ports);
};

/** Whoever recorded that the endpoint wants nothing any more may have died before that was done to it: it is done here. */
const settled = async (
  standing: AttemptRecord,
  task: DeliveryTask,
  { entry }: Turn,
  state: TaskState,
  ports: TurnPorts,
): Promise<AttemptRecord> =>
  disablingAnswer(standing) === undefined ? standing : ports.attempt(task, state, 0, entry);

const attemptInTurn = async (
  task: DeliveryTask,
  { entry, dueAt, isProbe }: Turn,
  state: TaskState & { readonly endpoint: EndpointRecord },
  ports: TurnPorts,
): Promise<Taken> => {
  if (dueAt !== undefined && dueAt > ports.now())
    return { kind: 'hold', hold: { reason: 'retry', until: dueAt }, state };
  const probe = isProbe && state.endpoint.breaker !== undefined ? ({ probe: true } as const) : {};
  const probing = { ...task, ...probe };
  const admission = await ports.admit(probing, state);
  const hold = holdOf(admission, state.endpoint, ports.now());
  if (hold !== undefined || admission.kind !== 'attempt') return { kind: 'hold', hold: hold as Hold, state };
  return { ...follows(await ports.attempt(probing, state, admission.waitMs, entry), 'attempted'), state };
};

const follows = (record: AttemptRecord, was: 'passed' | 'attempted') =>
  record.nextAttemptAt === undefined
    ? ({ kind: 'ended', was } as const)
    : ({ kind: 'again', attempt: record.attempt + 1, dueAt: record.nextAttemptAt, was } as const);

/** What was accepted before the endpoint became ordered came as a task, or was left over when it ceased to be. */
const cameThroughLog = (endpoint: EndpointRecord, { entry }: Turn): boolean =>
  comesThroughLog(endpoint, { order: { key: '', number: entry.number }, appVersion: entry.appVersion });

/**
 * What was accepted after it ceased to be ordered comes as a task, or not at all where it was disabled: unless fan-out took it
 * for ordered still, which then has told its log.
 */
const isLeftToFanOut = ({ orderedSince, orderedUntilVersion }: EndpointRecord, { entry, isWokenFor }: Turn): boolean =>
  !isWokenFor &&
  orderedSince === undefined &&
  orderedUntilVersion !== undefined &&
  entry.appVersion >= orderedUntilVersion;

const taskOf = (ref: CursorRef, { entry, attempt, slot = {} }: Turn, copyId: string): DeliveryTask => ({
  v: 1,
  orgId: ref.orgId,
  appId: ref.appId,
  messageId: entry.messageId,
  endpointId: ref.endpointId,
  attempt,
  trigger: 'scheduled',
  ...labelsOf(entry),
  acceptedAt: entry.acceptedAt,
  copyId,
  ...slotOf(slot),
});

/** A message counts from its own time on, not from when it took its place. */
const timed = (task: DeliveryTask, { message }: TaskState): DeliveryTask =>
  message === undefined ? task : { ...task, acceptedAt: startsAt(message) };

const laneAtRelease = ({ url, slowSince }: EndpointRecord): Lane => {
  if (isDestination(url)) return 'aws';
  return slowSince === undefined ? 'webhook' : 'slow';
};
