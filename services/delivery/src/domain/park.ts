import type { EndpointRef } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ParkedTask } from '@fanfare/events/parked-task';
import type { Wake } from '@fanfare/events/wake';
import type { EndpointMarks } from './endpoint-marks.ts';
import type { ParkReason } from './gate.ts';

/** What this use case needs from the outside. */
export type ParkPorts = Pick<EndpointMarks, 'startWatch'> & {
  /** Under a derived key: parked twice it is there once, as it was last given. */
  readonly saveParked: (parked: ParkedTask) => Promise<'parked' | 'already-parked'>;
  /** Says it at `wakeAt` or a little later, and at least once. */
  readonly sendWake: (wake: Wake) => Promise<void>;
  readonly now: () => number;
};

/** How long nobody may have looked before it counts as forgotten: a look is late when its queue is. */
export const WATCH_STALE_MS = 30 * 60_000;

/** An endpoint that is disabled is looked at this often, for tasks that expire. Enabling it wakes it at once. */
export const DISABLED_WATCH_MS = 6 * 60 * 60_000;
const RATE_WATCH_MS = 60_000;

export type Park = (
  task: DeliveryTask,
  reason: ParkReason,
  endpoint: EndpointRecord,
  attributes: Readonly<Record<string, string>>,
) => Promise<'parked' | 'already-parked'>;

/**
 * Parks tasks of a batch. Somebody is told to look first and the task is kept then, in this order, so that no task can be
 * kept that nobody looks for. Where somebody looks already, which the batch has read, it is one write.
 */
export const parkFor = (ports: ParkPorts): Park => {
  const started = new Map<string, Promise<void>>();
  return async (task, reason, endpoint, attributes) => {
    const nowMs = ports.now();
    if (!isWatched(endpoint, nowMs)) {
      const key = `${task.appId} ${task.endpointId}`;
      const starting = started.get(key) ?? startWatching(task, firstLook(reason, endpoint, nowMs), ports);
      started.set(key, starting);
      await starting;
    }
    return ports.saveParked(parkedTaskOf(task, reason, attributes, nowMs));
  };
};

const isWatched = ({ wakeAt }: EndpointRecord, nowMs: number): boolean =>
  wakeAt !== undefined && wakeAt >= nowMs - WATCH_STALE_MS;

/** The message goes out first: a look at nothing is harmless, a time that nobody keeps is not. */
export const startWatching = async (
  { orgId, appId, endpointId }: EndpointRef,
  wakeAt: number,
  ports: Pick<ParkPorts, 'startWatch' | 'sendWake' | 'now'>,
): Promise<void> => {
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt });
  await ports.startWatch({ orgId, appId, endpointId }, wakeAt, ports.now() - WATCH_STALE_MS);
};

const firstLook = (reason: ParkReason, { breaker, pausedUntil }: EndpointRecord, nowMs: number): number => {
  const at: Record<ParkReason, number> = {
    disabled: nowMs + DISABLED_WATCH_MS,
    breaker: breaker?.until ?? nowMs,
    paused: pausedUntil ?? nowMs,
    rate: nowMs + RATE_WATCH_MS,
  };
  return Math.ceil(Math.max(at[reason], nowMs + 1_000));
};

/**
 * What was decided for this sending alone does not go with it. Neither do its hops: from here a task goes back when its
 * endpoint is looked at, minutes apart, and that is no loop.
 */
const parkedTaskOf = (
  { payload: _payload, slotAt: _slot, postponed: _postponed, probe: _probe, hops: _hops, ...task }: DeliveryTask,
  reason: ParkReason,
  attributes: Readonly<Record<string, string>>,
  parkedAt: number,
): ParkedTask => ({ kind: 'parked', task, attributes: { ...attributes }, parkedAt, reason });
