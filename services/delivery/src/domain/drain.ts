import { concurrently } from '@fanfare/core/concurrently';
import type { EndpointRef } from '@fanfare/core/keys';
import { copyOf, type DeliveryTask, hopped, type Lane, laneAt } from '@fanfare/events/delivery-task';
import type { OpenBreaker } from '@fanfare/events/endpoint-record';
import type { ParkedTask } from '@fanfare/events/parked-task';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import type { Wake } from '@fanfare/events/wake';
import { type DrainPlan, drainPlan } from './drain-plan.ts';
import type { EndpointMarks } from './endpoint-marks.ts';
import { limitsOf } from './gate.ts';
import { firstWaiting, probeWith, type WakeCursorsPorts, wakeCursors } from './ordered/wake-cursors.ts';
import { type ParkPorts, startWatching } from './park.ts';
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

/** What this use case needs from the outside. */
export type DrainPorts = Pick<EndpointMarks, 'startWatch' | 'takeWatch' | 'closeBreaker'> &
  Pick<ParkPorts, 'sendWake' | 'now'> &
  Pick<WakeCursorsPorts, 'readCursors' | 'announce'> & {
    /** Strongly consistent. */
    readonly readState: (ref: EndpointRef) => Promise<ParkState>;
    /** Up to `limit` parked tasks, those of the oldest messages first. Sees every write that was answered. */
    readonly oldest: (ref: EndpointRef, limit: number) => Promise<readonly ParkedTask[]>;
    /** Those that are gone already too. */
    readonly remove: (parked: readonly ParkedTask[]) => Promise<void>;
    /** Sends up to BATCH_SIZE tasks, each into its lane. Answers those that were taken. */
    readonly send: (released: readonly Released[]) => Promise<ReadonlySet<Released>>;
    readonly reserveSlots: ReserveSlots;
    readonly mintCopyId: () => string;
  };

export type DrainSettings = {
  /** Tasks a second that an endpoint without a rate gets back, and logs a second that are woken. */
  readonly ratePerSecond: number;
  /** When this run ends, in milliseconds since 1970: the next one goes on. */
  readonly stopAt: number;
};

export type Drained = {
  readonly kind: 'superseded' | 'finished' | 'started-again' | DrainPlan['kind'];
} & Done;

/** Parked tasks that were sent on, and logs of an ordered endpoint that were woken. */
type Done = { readonly released: number; readonly woken: number };

/** SQS's limit of one SendMessageBatch call. */
export const BATCH_SIZE = 10;
const BATCHES_AT_ONCE = 5;
const PAGE_SIZE = 100;

/** How far ahead slots are taken: further than the next run, nearer than what SQS can delay. */
export const DRAIN_HORIZON_MS = 180_000;

/** Longer than any function runs that has read of a watch, and parks believing in it. */
export const LAST_LOOK_AFTER_MS = 180_000;

/**
 * Looks at the parked tasks of an endpoint and does what its state allows: sends them on at its rate, tries one, or waits.
 * The next look is announced before this one takes its turn, and the turn is taken before anything is done: a crash
 * anywhere leaves a look to come, and of looks at the same time one goes on.
 */
export const drain = async (wake: Wake, settings: DrainSettings, ports: DrainPorts): Promise<Drained> => {
  const state = await ports.readState(wake);
  const { endpoint } = state;
  if (wake.last !== true && endpoint !== undefined && endpoint.wakeAt !== wake.wakeAt) return done('superseded');
  const plan = drainPlan(state, ports.now());
  if (plan.kind !== 'wait' && !(await isAwaited(wake, state, ports))) return finish(wake, state, ports);
  if (wake.last === true) return startAgain(wake, state, ports);
  const { orgId, appId, endpointId } = wake;
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: plan.nextAt });
  if (endpoint !== undefined && !(await ports.takeWatch(wake, wake.wakeAt, plan.nextAt))) return done('superseded');
  return { kind: plan.kind, ...(await act(wake, plan, state, settings, ports)) };
};

/** Whether a task or a log waits for the endpoint. */
const isAwaited = async (ref: EndpointRef, state: ParkState, ports: DrainPorts): Promise<boolean> =>
  (await ports.oldest(ref, 1)).length > 0 || (await firstWaiting(ref, state, ports)) !== undefined;

/** Whoever parked late may have believed that it is disabled, and asked for a look in hours only. */
const startAgain = async (wake: Wake, { endpoint }: ParkState, ports: DrainPorts): Promise<Drained> => {
  const at = Math.ceil(ports.now() + 1_000);
  if (endpoint?.wakeAt === undefined) await startWatching(wake, at, ports);
  else if (endpoint.wakeAt > at) {
    const { orgId, appId, endpointId } = wake;
    await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: at });
    await ports.takeWatch(wake, endpoint.wakeAt, at);
  }
  return done('started-again');
};

const NOTHING: Done = { released: 0, woken: 0 };
const done = (kind: Drained['kind']): Drained => ({ kind, ...NOTHING });

/** Nothing is parked, as far as this look can tell: somebody may just be parking who has read that it is looked at. */
const finish = async (wake: Wake, { endpoint }: ParkState, ports: DrainPorts): Promise<Drained> => {
  if (wake.last === true || endpoint === undefined) return done('finished');
  const lastAt = Math.ceil(ports.now() + LAST_LOOK_AFTER_MS);
  const { orgId, appId, endpointId } = wake;
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: lastAt, last: true });
  // With nothing to try it with, the next task that comes is the probe.
  if (endpoint.breaker !== undefined) await close(wake, endpoint.breaker, ports);
  await ports.takeWatch(wake, wake.wakeAt, undefined);
  return done('finished');
};

const close = async (wake: Wake, breaker: OpenBreaker, ports: DrainPorts): Promise<void> => {
  await ports.closeBreaker(wake, breaker, wake.wakeAt);
};

const act = async (
  ref: EndpointRef,
  plan: DrainPlan,
  state: ParkState,
  settings: DrainSettings,
  ports: DrainPorts,
): Promise<Done> => {
  switch (plan.kind) {
    case 'wait':
      return NOTHING;
    case 'expire':
      return { released: await releaseExpired(ref, state, settings, ports), woken: 0 };
    case 'probe': {
      const expired = await releaseExpired(ref, state, settings, ports);
      const probes = await sendProbe(ref, state, ports);
      return { released: expired + probes, woken: probes > 0 ? 0 : await probeLog(ref, state, ports) };
    }
    case 'refuse':
    case 'release': {
      const released = await release(ref, state, settings, ports, { isLimited: plan.kind === 'release' });
      return { released, woken: await wakeCursors(ref, state, settings.ratePerSecond, ports) };
    }
  }
};

/** With no task to try it with, one of its logs tries it. */
const probeLog = async (ref: EndpointRef, state: ParkState, ports: DrainPorts): Promise<number> => {
  const cursor = await firstWaiting(ref, state, ports);
  if (cursor !== undefined) await probeWith(ref, cursor, ports);
  return cursor === undefined ? 0 : 1;
};

const sendProbe = async (ref: EndpointRef, state: ParkState, ports: DrainPorts): Promise<number> => {
  const [parked] = await ports.oldest(ref, 1);
  if (parked === undefined) return 0;
  const { task, ...released } = releasedAt(parked, state, undefined, ports);
  return sendOn([{ ...released, task: { ...task, probe: true } }], ports);
};

/** What cannot be sent any more goes back too: whoever delivers records its end. */
const releaseExpired = (ref: EndpointRef, state: ParkState, settings: DrainSettings, ports: DrainPorts) =>
  release(ref, state, settings, ports, { isLimited: false, isChosen: (parked) => isExpired(parked, ports.now()) });

const isExpired = ({ task }: ParkedTask, nowMs: number): boolean => task.acceptedAt + RETENTION_SECONDS * 1000 <= nowMs;

const release = async (
  ref: EndpointRef,
  state: ParkState,
  settings: DrainSettings,
  ports: DrainPorts,
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
  ports: DrainPorts,
): Released => {
  const lane = laneAt(parked.task, endpoint?.slowSince !== undefined);
  const task: DeliveryTask = { ...hopped(copyOf(parked.task, ports.mintCopyId)), lane };
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
  ports: DrainPorts,
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
const sendOn = async (batch: readonly Released[], ports: DrainPorts): Promise<number> => {
  const taken = await ports.send(batch);
  const sent = batch.filter((one) => taken.has(one));
  if (sent.length > 0) await ports.remove(sent.map(({ parked }) => parked));
  return sent.length;
};

const inBatches = (all: readonly Released[]): Released[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH_SIZE) }, (_, index) =>
    all.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
