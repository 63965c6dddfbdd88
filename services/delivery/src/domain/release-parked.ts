import { concurrently } from '@fanfare/core/concurrently';
import type { EndpointRef } from '@fanfare/core/keys';
import { type DeliveryTask, hopped, type Lane, laneAt } from '@fanfare/events/delivery-task';
import type { ParkedTask } from '@fanfare/events/parked-task';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { limitsOf } from './gate.ts';
import type { TaskState } from './sendable.ts';
import type { ReserveSlots } from './slots.ts';

export type ParkState = Pick<TaskState, 'application' | 'endpoint'>;

/** A parked task on its way back into its lane. */
export type Released = {
  readonly parked: ParkedTask;
  readonly task: DeliveryTask;
  readonly delaySeconds: number;
  readonly lane: Lane;
};

/** What sending parked tasks on needs from the outside. */
export type ReleasePorts = {
  /** Up to `limit` parked tasks, those of the oldest messages first. Sees every write that was answered. */
  readonly oldest: (ref: EndpointRef, limit: number) => Promise<readonly ParkedTask[]>;
  /**
   * Each as it was read: one that was parked again since has come back out of its lane, and stays. Those that are gone already
   * too.
   */
  readonly remove: (parked: readonly ParkedTask[]) => Promise<void>;
  /** Sends up to BATCH_SIZE tasks, each into its lane. Answers those that were taken. */
  readonly send: (released: readonly Released[]) => Promise<ReadonlySet<Released>>;
  readonly reserveSlots: ReserveSlots;
  readonly now: () => number;
};

export type DrainSettings = {
  /** Tasks a second that an endpoint without a rate gets back, and logs a second that are woken. */
  readonly ratePerSecond: number;
  /** When this run ends, in milliseconds since 1970: the next one goes on. */
  readonly stopAt: number;
};

/** SQS's limit of one SendMessageBatch call. */
const BATCH_SIZE = 10;
const BATCHES_AT_ONCE = 5;
const PAGE_SIZE = 100;

/** How far ahead slots are taken: further than the next run, nearer than what SQS can delay. */
export const DRAIN_HORIZON_MS = 180_000;

/** Has the oldest parked task try whether its endpoint answers again. Answers how many tasks that were: one, or none. */
export const sendProbe = async (ref: EndpointRef, state: ParkState, ports: ReleasePorts): Promise<number> => {
  const [parked] = await ports.oldest(ref, 1);
  if (parked === undefined) return 0;
  const { task, ...released } = releasedAt(parked, state, undefined, ports);
  return sendOn([{ ...released, task: { ...task, probe: true } }], ports);
};

/** What cannot be sent any more goes back too: whoever delivers records its end. */
export const releaseExpired = (ref: EndpointRef, state: ParkState, settings: DrainSettings, ports: ReleasePorts) =>
  release(ref, state, settings, ports, { isLimited: false, isChosen: (parked) => isExpired(parked, ports.now()) });

const isExpired = ({ task }: ParkedTask, nowMs: number): boolean => task.acceptedAt + RETENTION_SECONDS * 1000 <= nowMs;

/** Sends parked tasks on, the oldest first, at the slots of a rate where that is asked for. Answers how many. */
export const release = async (
  ref: EndpointRef,
  state: ParkState,
  settings: DrainSettings,
  ports: ReleasePorts,
  { isLimited, isChosen = () => true }: { isLimited: boolean; isChosen?: (parked: ParkedTask) => boolean },
): Promise<number> => {
  let released = 0;
  while (ports.now() < settings.stopAt) {
    const page = (await ports.oldest(ref, PAGE_SIZE)).filter(isChosen);
    const slots = isLimited ? await reserve(ref, page.length, state, settings, ports) : undefined;
    if (page.length === 0 || slots === 'too-far') break;
    const all = page.map((parked, index) => {
      const at = slots?.times[index];
      const slot = slots === undefined || at === undefined ? undefined : { at, isOfRate: slots.isOfRate };
      return releasedAt(parked, state, slot, ports);
    });
    const sent = await concurrently(BATCHES_AT_ONCE, inBatches(all), (batch) => sendOn(batch, ports));
    const taken = sent.reduce((sum, count) => sum + count, 0);
    released += taken;
    if (taken < page.length) break; // its queue is in trouble: the next run tries again
  }
  return released;
};

const releasedAt = (
  parked: ParkedTask,
  { endpoint }: ParkState,
  slot: { readonly at: number; readonly isOfRate: boolean } | undefined,
  ports: ReleasePorts,
): Released => {
  const lane = laneAt(parked.task, endpoint?.slowSince !== undefined);
  const task: DeliveryTask = { ...hopped(parked.task), lane };
  if (slot === undefined) return { parked, task, lane, delaySeconds: 0 };
  const delaySeconds = Math.max(0, Math.floor((slot.at - ports.now()) / 1000));
  return { parked, task: slot.isOfRate ? { ...task, slotAt: Math.ceil(slot.at) } : task, lane, delaySeconds };
};

type Slots = { readonly times: readonly number[]; readonly isOfRate: boolean };

/** The slots that tasks reserve which come by themselves: so both together keep the rate. */
const reserve = async (
  { orgId, appId, endpointId }: EndpointRef,
  count: number,
  state: ParkState,
  { ratePerSecond }: DrainSettings,
  ports: ReleasePorts,
): Promise<Slots | 'too-far'> => {
  if (count === 0) return 'too-far';
  const ref = { orgId, appId, endpointId };
  const rates = limitsOf(ref, state, state.endpoint ?? {});
  const limits = rates.length > 0 ? rates : [{ owner: { orgId, appId, ownerId: endpointId }, rate: ratePerSecond }];
  let times: readonly number[] = Array(count).fill(0);
  for (const { owner, rate } of limits) {
    const request = { count, rate, nowMs: ports.now(), horizonMs: DRAIN_HORIZON_MS };
    const reservation = await ports.reserveSlots(owner, request);
    if (reservation.kind === 'too-far') return 'too-far';
    times = times.map((time, index) => Math.max(time, reservation.slots[index] ?? 0));
  }
  return { times, isOfRate: rates.length > 0 };
};

/** Sent first and removed then: after a crash in between it is sent twice, and meets its attempt. */
const sendOn = async (batch: readonly Released[], ports: ReleasePorts): Promise<number> => {
  const taken = await ports.send(batch);
  const sent = batch.filter((one) => taken.has(one));
  if (sent.length > 0) await ports.remove(sent.map(({ parked }) => parked));
  return sent.length;
};

const inBatches = (all: readonly Released[]): Released[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH_SIZE) }, (_, index) =>
    all.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
