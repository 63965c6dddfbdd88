import type { DeliveryTask, Lane } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { sendable, type TaskState } from './sendable.ts';
import type { SlotOwner } from './slots.ts';

/** Why a task waits in its endpoint's park. */
export type ParkReason = 'disabled' | 'breaker' | 'paused' | 'rate';

/** A rate that a task is held to, and whose it is. */
export type Limit = { readonly owner: SlotOwner; readonly rate: number };

/** What its endpoint's state says about a task, before anything is sent. */
export type Gate =
  | { readonly kind: 'open' }
  | { readonly kind: 'park'; readonly reason: ParkReason }
  | { readonly kind: 'postpone'; readonly until: number }
  | { readonly kind: 'move'; readonly lane: Lane }
  /** It needs a slot. `isLate`: the one that it had is over. */
  | { readonly kind: 'limited'; readonly limits: readonly Limit[]; readonly isLate: boolean }
  /** Its slot was reserved before. */
  | { readonly kind: 'slot'; readonly slotAt: number; readonly limits: readonly Limit[] };

/** After a stop, what is no later than this comes at once. A rate is kept to a tenth over ten seconds, which is a second's. */
const LATE_MS = 600;

/**
 * How long after its slot a task may still be sent. When a lane was stopped, the tasks of that time come at once and would
 * exceed the rate, so each has another slot reserved. In a lane that is always behind that would go on for ever: each time
 * a task may be ten times as late as before, so even one that comes hours late moves five times at the most.
 */
const patienceMs = ({ late = 0 }: DeliveryTask): number => LATE_MS * 10 ** late;

/**
 * Decides whether a task may be attempted now. What was attempted before and what never can be sent passes: it is dropped
 * or recorded as refused, and nothing is gained by keeping it. A task in the slow lane stays there.
 */
export const gateOf = (task: DeliveryTask, state: TaskState, lane: Lane, nowMs: number): Gate => {
  const { endpoint } = state;
  if (endpoint === undefined || state.standing !== undefined || !canEverBeSent(task, state, nowMs)) return OPEN;
  // Somebody who asks for it by hand wants to know now. Whoever asks for many can wait.
  if (isByHand(task)) return OPEN;
  // A probe has to wait too: its endpoint may have been disabled since it was sent, and it would end as refused.
  if (endpoint.disabled) return { kind: 'park', reason: 'disabled' };
  if (task.probe) return OPEN;
  if (endpoint.breaker !== undefined) return { kind: 'park', reason: 'breaker' };
  if (endpoint.pausedUntil !== undefined && endpoint.pausedUntil > nowMs) {
    // Whoever comes back into another pause would go on coming back.
    return task.postponed ? { kind: 'park', reason: 'paused' } : { kind: 'postpone', until: endpoint.pausedUntil };
  }
  if (lane === 'webhook' && endpoint.slowSince !== undefined) return { kind: 'move', lane: 'slow' };
  const limits = limitsOf(task, state, endpoint);
  const { slotAt } = task;
  if (slotAt !== undefined && (limits.length === 0 || nowMs - slotAt <= patienceMs(task))) {
    return { kind: 'slot', slotAt, limits };
  }
  return limits.length === 0 ? OPEN : { kind: 'limited', limits, isLate: slotAt !== undefined };
};

const OPEN: Gate = { kind: 'open' };

/** One attempt that somebody asked for by hand, and no part of a replay. */
export const isByHand = ({ trigger, replay }: DeliveryTask): boolean => trigger === 'manual' && replay !== true;

const canEverBeSent = (task: DeliveryTask, state: TaskState, nowMs: number): boolean => {
  const { endpoint } = state;
  if (endpoint === undefined) return false;
  return sendable(task, { ...state, endpoint: { ...endpoint, disabled: false } }, nowMs).kind === 'sendable';
};

/** The endpoint's rate first, then its application's. */
export const limitsOf = (
  { orgId, appId, endpointId }: Pick<DeliveryTask, 'orgId' | 'appId' | 'endpointId'>,
  { application }: Pick<TaskState, 'application'>,
  { throttleRate }: Pick<EndpointRecord, 'throttleRate'>,
): readonly Limit[] => [
  ...(throttleRate === undefined ? [] : [{ owner: { orgId, appId, ownerId: endpointId }, rate: throttleRate }]),
  ...(application?.throttleRate === undefined
    ? []
    : [{ owner: { orgId, appId, ownerId: appId }, rate: application.throttleRate }]),
];
