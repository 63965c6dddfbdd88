import type { EndpointRef } from '@fanfare/core/keys';
import type { OpenBreaker } from '@fanfare/events/endpoint-record';
import type { Wake } from '@fanfare/events/wake';
import { type DrainPlan, drainPlan } from './drain-plan.ts';
import type { EndpointMarks } from './endpoint-marks.ts';
import { firstWaiting, probeWith, type WakeCursorsPorts, wakeCursors } from './ordered/wake-cursors.ts';
import { type ParkPorts, startWatching } from './park.ts';
import {
  type DrainSettings,
  type ParkState,
  type ReleasePorts,
  release,
  releaseExpired,
  sendProbe,
} from './release-parked.ts';

/** What this use case needs from the outside. */
export type DrainPorts = ReleasePorts &
  Pick<EndpointMarks, 'startWatch' | 'takeWatch' | 'closeBreaker'> &
  Pick<ParkPorts, 'sendWake'> &
  Pick<WakeCursorsPorts, 'readCursors' | 'announce'> & {
    /** Strongly consistent. */
    readonly readState: (ref: EndpointRef) => Promise<ParkState>;
  };

export type Drained = {
  readonly kind: 'superseded' | 'finished' | 'started-again' | DrainPlan['kind'];
} & Done;

/** Parked tasks that were sent on, and logs of an ordered endpoint that were woken. */
type Done = { readonly released: number; readonly woken: number };

/** Longer than any function runs that has read of a watch, and parks believing in it. */
export const LAST_LOOK_AFTER_MS = 180_000;

/**
 * When a look is repeated that the endpoint's item knows nothing of: whoever announced it either has written its time by
 * then, or never will. Longer than any function runs that announces one.
 */
export const LOOK_AGAIN_AFTER_MS = 90_000;

/**
 * Looks at the parked tasks of an endpoint and does what its state allows: sends them on at its rate, tries one, or waits.
 * The next look is announced before this one takes its turn, and the turn is taken before anything is done: a crash
 * anywhere leaves a look to come, and of looks at the same time one goes on.
 */
export const drain = async (wake: Wake, settings: DrainSettings, ports: DrainPorts): Promise<Drained> => {
  const state = await ports.readState(wake);
  const { endpoint } = state;
  if (wake.last !== true && endpoint !== undefined && endpoint.wakeAt !== turnOf(wake)) return lookAgain(wake, ports);
  const plan = drainPlan(state, ports.now());
  if (plan.kind !== 'wait' && !(await isAwaited(wake, state, ports))) return finish(wake, state, ports);
  if (wake.last === true) return startAgain(wake, state, ports);
  const { orgId, appId, endpointId } = wake;
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: plan.nextAt });
  if (endpoint !== undefined && !(await ports.takeWatch(wake, turnOf(wake), plan.nextAt))) return done('superseded');
  return { kind: plan.kind, ...(await act(wake, plan, state, settings, ports)) };
};

/** The time that the endpoint's item says where this is the look that is meant. */
const turnOf = ({ wakeAt, repeats }: Wake): number => repeats ?? wakeAt;

/**
 * Its time was moved on, or is not written yet: a look is announced before, and may be quicker than the write that follows.
 * So it comes once more.
 */
const lookAgain = async (wake: Wake, ports: DrainPorts): Promise<Drained> => {
  if (wake.repeats !== undefined) return done('superseded');
  const { orgId, appId, endpointId, wakeAt } = wake;
  const againAt = Math.ceil(ports.now() + LOOK_AGAIN_AFTER_MS);
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: againAt, repeats: wakeAt });
  return done('superseded');
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
  await ports.takeWatch(wake, turnOf(wake), undefined);
  return done('finished');
};

const close = async (wake: Wake, breaker: OpenBreaker, ports: DrainPorts): Promise<void> => {
  await ports.closeBreaker(wake, breaker, turnOf(wake));
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
