import { setTimeout as wait } from 'node:timers/promises';
import { concurrently } from '@fanfare/core/concurrently';
import type { Environment } from '../environment/environment.ts';
import type { Step } from '../toolchain/steps.mjs';
import { type FaultCount, faultCount } from './fault-count.ts';
import { faultPlan } from './fault-plan.ts';
import { injector } from './injector.ts';
import { type Lane, urlLanes } from './lane.ts';
import { deliveriesOf, deliveryName, type Verdict, verdictOn } from './ledger.ts';
import { parkedTasks } from './parked-tasks.ts';
import { plannedEvent } from './population.ts';
import { type Posted, post } from './producer.ts';
import { REDEPLOYED, type Redeployed, redeploy } from './redeploy.ts';
import { restWatch } from './rest.ts';
import { retriesOf } from './retries.ts';
import { toldDeliveries } from './told-deliveries.ts';
import type { Wire } from './wire.ts';
import { workersOf } from './worker-process.ts';
import { makeWorld, type World } from './world.ts';

export type ChaosOptions = {
  readonly events: number;
  readonly seed: number;
  readonly environment: Environment;
  /** In front of the environment's AWS. */
  readonly wire: Wire;
  readonly step: Step;
  readonly tell: (text: string) => void;
};

export type ChaosResult = {
  readonly faults: FaultCount;
  /** Fewer than this do not prove anything. */
  readonly faultsAtLeast: number;
  readonly troubles: World['troubles'];
  readonly redeploys: number;
  /** POSTs that had to be repeated. */
  readonly repeatedPosts: number;
  /** Tasks that failed five times by faults and were put back into their lane. */
  readonly redriven: number;
  readonly verdict: Verdict;
};

/** What a run watches. */
type Run = { readonly world: World; readonly lane: Lane; readonly parked: Awaited<ReturnType<typeof parkedTasks>> };

const AT_ONCE = 8;
/** Longer than a hanging endpoint holds a batch. */
const VISIBILITY_SECONDS = 25;
const FEWEST_FAULTS = 100;

/** Sends events through the system while everything around it fails, then holds what came against what was accepted. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosResult> => {
  const { events, seed, environment, wire, step, tell } = options;
  const lane = await urlLanes(environment);
  const world = await step('applications and endpoints', () => makeWorld(environment));
  const run = { world, lane, parked: await parkedTasks(environment) };
  const faults = faultCount();
  await lane.clear();
  const settle = await lane.hasten(VISIBILITY_SECONDS);
  try {
    const [emulator] = environment.groups;
    const inject = injector(faultPlan(seed), workersOf(emulator?.id ?? 0), faults.add);
    wire.intercept((exchange) => {
      faults.addCall(exchange.call.service);
      return inject(exchange);
    });
    const planned = Array.from({ length: events }, (_, number) => plannedEvent(number));
    const posted = new Map<number, Posted>();
    const [redeploys] = await Promise.all([
      redeployAt(posted, options),
      step(`${events} events`, () => produce(planned, posted, world, options)),
    ]);
    const accepted = acceptedOf(posted);
    for (const { number } of planned) {
      const outcome = posted.get(number);
      if (outcome?.kind === 'refused') tell(`event ${number} was refused: ${outcome.why}`);
    }
    const wanted = deliveriesOf({ planned, accepted }).map(({ endpoint, messageId }) =>
      deliveryName(endpoint.name, messageId),
    );
    await step('deliveries under faults', () => untilAtRest(wanted, run, options));
    wire.intercept(undefined);
    const redriven = await step('deliveries without faults', () => untilRedriven(wanted, run, options));
    const told = await step('what the API tells', () => toldDeliveries(world.endpoints));
    const attemptsAtMost = (await retriesOf(environment)) + 1;
    return {
      faults,
      faultsAtLeast: Math.min(FEWEST_FAULTS, Math.ceil(events / 10)),
      troubles: world.troubles,
      redeploys,
      repeatedPosts: [...posted.values()].filter((one) => one.kind === 'accepted' && one.tries > 1).length,
      redriven,
      verdict: verdictOn({ planned, accepted, arrivals: world.arrivals, told, attemptsAtMost }),
    };
  } finally {
    wire.intercept(undefined);
    await settle();
    await world.stop();
  }
};

const produce = async (
  planned: readonly ReturnType<typeof plannedEvent>[],
  posted: Map<number, Posted>,
  { applications }: World,
  { environment, tell }: ChaosOptions,
): Promise<void> => {
  const { baseUrl, signal } = environment;
  const producer = { baseUrl, applications, signal, run: `chaos-${Date.now()}` };
  await concurrently(AT_ONCE, planned, async (event) => {
    posted.set(event.number, await post(event, producer));
    if (posted.size % Math.ceil(planned.length / 10) === 0) tell(`${posted.size} of ${planned.length} posted`);
  });
};

const acceptedOf = (posted: ReadonlyMap<number, Posted>): Map<number, string> =>
  new Map(
    [...posted].flatMap(([number, outcome]) => (outcome.kind === 'accepted' ? [[number, outcome.messageId]] : [])),
  );

const POLL_MILLISECONDS = 250;

/** Deploys each service once more, when a third and when two thirds of the events were posted. Answers how many took over. */
const redeployAt = async (
  posted: ReadonlyMap<number, Posted>,
  { events, environment, step }: ChaosOptions,
): Promise<number> => {
  const services = Object.keys(REDEPLOYED) as Redeployed[];
  let count = 0;
  for (const [index, service] of services.entries()) {
    const from = (events * (index + 1)) / (services.length + 1);
    while (posted.size < from) {
      environment.signal.throwIfAborted();
      await wait(POLL_MILLISECONDS);
    }
    if (await redeploy(service, environment, step)) count += 1;
  }
  return count;
};

/** Waits until each delivery was tried and nothing is left to do, or nothing happens any more. */
const untilAtRest = async (wanted: readonly string[], { world, lane, parked }: Run, options: ChaosOptions) => {
  const { environment, tell } = options;
  const { arrivals, endpoints } = world;
  const isAtRest = restWatch(performance.now());
  let told = 0;
  for (;;) {
    environment.signal.throwIfAborted();
    await wait(2 * POLL_MILLISECONDS);
    const [tasks, looks, waiting] = await Promise.all([lane.tasks(), lane.looks(), parked(endpoints)]);
    const tried = new Set(arrivals.map(({ to, messageId }) => deliveryName(to, messageId)));
    const isTried = wanted.every((name) => tried.has(name));
    const sight = { arrivals: arrivals.length, isTried, tasks, looks, parked: waiting };
    if (isAtRest(sight, performance.now())) return;
    if (arrivals.length - told >= 500) {
      tell(`${tried.size} of ${wanted.length} deliveries tried, ${tasks} tasks in the lanes, ${waiting} parked`);
      told = arrivals.length;
    }
  }
};

/** Puts what failed five times back into its lane until none is left. Answers how many tasks that took. */
const untilRedriven = async (wanted: readonly string[], run: Run, options: ChaosOptions): Promise<number> => {
  let redriven = 0;
  for (;;) {
    await untilAtRest(wanted, run, options);
    const moved = await run.lane.redrive();
    if (moved === 0) return redriven;
    redriven += moved;
  }
};
