import { unreachable } from '@fanfare/core/unreachable';
import { type DeliveryTask, type Lane, laneAt } from '@fanfare/events/delivery-task';
import { type Gate, gateOf, type Limit, type ParkReason } from './gate.ts';
import type { TaskState } from './sendable.ts';
import type { ReserveSlots } from './slots.ts';

/** What is done with a task. */
export type Admission =
  /** Attempted, after a wait of less than a second. */
  | { readonly kind: 'attempt'; readonly waitMs: number }
  /** Sent back into its lane once, as `task`. Not an attempt. */
  | { readonly kind: 'postpone'; readonly task: DeliveryTask; readonly delaySeconds: number; readonly lane: Lane }
  /** Kept in its endpoint's park, as `task`. Not an attempt either. */
  | { readonly kind: 'park'; readonly task: DeliveryTask; readonly reason: ParkReason };

export type AdmissionPorts = {
  readonly reserveSlots: ReserveSlots;
  readonly lane: Lane;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

/** A queue delays by whole seconds: what is nearer is waited for, by all tasks of a batch at the same time. */
const LONGEST_WAIT_MS = 1_000;

/**
 * From this rate on a task may be early by this much. Of fifty a second nobody misses the order within the second, and
 * functions that wait are functions that the other endpoints do not have.
 */
const TOLERANT_FROM_RATE = 50;
const TOLERANCE_MS = 400;

/** How far ahead tasks may have their slots: what SQS can delay, less a third for whoever drains the park. */
export const HORIZON_MS = 600_000;
/** As long as tasks are parked, others may not pass them by for longer than this. */
export const HORIZON_BEHIND_PARKED_MS = 60_000;

/** A pause ends for all tasks at once. They come back spread over this, so that they do not begin the next one. */
const LONGEST_SPREAD_MS = 10_000;

export type Candidate = { readonly task: DeliveryTask; readonly state: TaskState };

/**
 * Decides on the tasks of a batch, in their order. Those of one endpoint reserve their slots together, by one write; an
 * endpoint without a rate costs nothing, and neither does one that is parked, paused or slow: that was read already.
 */
export const admitAll = async (
  candidates: readonly Candidate[],
  ports: AdmissionPorts,
): Promise<readonly Admission[]> => {
  const nowMs = ports.now();
  const gates = candidates.map(({ task, state }) => gateOf(task, state, ports.lane, nowMs));
  const slots = await reserveAll(candidates, gates, ports);
  return candidates.map((candidate, index) =>
    admissionOf(candidate, gates[index] as Gate, slots.get(index), nowMs, ports),
  );
};

const admissionOf = (
  { task, state }: Candidate,
  gate: Gate,
  slotAt: number | undefined,
  nowMs: number,
  ports: AdmissionPorts,
): Admission => {
  const lane = laneAt(task, state.endpoint?.slowSince !== undefined);
  switch (gate.kind) {
    case 'open':
      return { kind: 'attempt', waitMs: 0 };
    case 'park':
      return { ...gate, task };
    case 'move':
      return { kind: 'postpone', task, delaySeconds: 0, lane: gate.lane };
    case 'postpone': {
      const spreadMs = ports.random() * Math.min(LONGEST_SPREAD_MS, gate.until - nowMs);
      // A slot that it had is over by then.
      const { slotAt: _, ...rest } = task;
      const delaySeconds = Math.ceil((gate.until + spreadMs - nowMs) / 1000);
      return { kind: 'postpone', task: { ...rest, postponed: true }, delaySeconds, lane };
    }
    case 'slot':
      return { kind: 'attempt', waitMs: waitMs(gate.slotAt - nowMs, gate.limits) };
    case 'limited': {
      const kept = gate.isLate ? lateAgain(task) : task;
      if (slotAt === undefined) return { kind: 'park', task: kept, reason: 'rate' };
      const inMs = slotAt - nowMs;
      if (inMs <= LONGEST_WAIT_MS) return { kind: 'attempt', waitMs: waitMs(inMs, gate.limits) };
      // Cut to whole seconds: what is left is waited for when the task is back.
      const delaySeconds = Math.floor(inMs / 1000);
      return { kind: 'postpone', task: { ...kept, slotAt: Math.ceil(slotAt) }, delaySeconds, lane };
    }
    default:
      return unreachable(gate);
  }
};

/** It keeps the count in the park too: what comes from there may be late again. */
const lateAgain = ({ slotAt: _, late = 0, ...task }: DeliveryTask): DeliveryTask => ({ ...task, late: late + 1 });

const waitMs = (inMs: number, limits: readonly Limit[]): number => {
  const toleranceMs = limits.every(({ rate }) => rate >= TOLERANT_FROM_RATE) ? TOLERANCE_MS : 0;
  return Math.min(LONGEST_WAIT_MS, Math.max(0, inMs - toleranceMs));
};

/** The slot of each task that needs one, by its place in the batch. None where the next free one is too far away. */
const reserveAll = async (
  candidates: readonly Candidate[],
  gates: readonly Gate[],
  ports: AdmissionPorts,
): Promise<ReadonlyMap<number, number>> => {
  const latest = new Map<number, number>();
  const tooFar = new Set<number>();
  const reserve = async ({ limit, indices, horizonMs }: Wanted): Promise<void> => {
    const within = indices.filter((index) => !tooFar.has(index));
    if (within.length === 0) return;
    const request = { count: within.length, rate: limit.rate, nowMs: ports.now(), horizonMs };
    const reservation = await ports.reserveSlots(limit.owner, request);
    for (const [place, index] of within.entries()) {
      const slot = reservation.kind === 'reserved' ? reservation.slots[place] : undefined;
      if (slot === undefined) tooFar.add(index);
      else latest.set(index, Math.max(slot, latest.get(index) ?? 0));
    }
  };
  const wanted = wantedSlots(candidates, gates);
  // An application's slots are not spent on tasks that their endpoint's rate keeps away.
  await Promise.all(wanted.filter(({ isEndpoints }) => isEndpoints).map(reserve));
  await Promise.all(wanted.filter(({ isEndpoints }) => !isEndpoints).map(reserve));
  for (const index of tooFar) latest.delete(index);
  return latest;
};

type Wanted = {
  readonly limit: Limit;
  readonly indices: number[];
  readonly horizonMs: number;
  readonly isEndpoints: boolean;
};

const wantedSlots = (candidates: readonly Candidate[], gates: readonly Gate[]): readonly Wanted[] => {
  const wanted = new Map<string, Wanted>();
  for (const [index, gate] of gates.entries()) {
    const candidate = candidates[index];
    if (gate.kind !== 'limited' || candidate === undefined) continue;
    const { task, state } = candidate;
    for (const limit of gate.limits) {
      // One that was late passes nobody by: its first slot was before those of what is parked.
      const isBehind = state.endpoint?.wakeAt !== undefined && !gate.isLate;
      const horizonMs = isBehind ? HORIZON_BEHIND_PARKED_MS : HORIZON_MS;
      const key = `${limit.owner.appId} ${limit.owner.ownerId} ${horizonMs}`;
      const isEndpoints = limit.owner.ownerId === task.endpointId;
      const entry = wanted.get(key) ?? { limit, indices: [], horizonMs, isEndpoints };
      entry.indices.push(index);
      wanted.set(key, entry);
    }
  }
  return [...wanted.values()];
};
