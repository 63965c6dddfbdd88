import { dueLanes } from '../../../services/delivery/src/adapters/due-lanes.ts';
import { dueRoutes } from '../../../services/delivery/src/adapters/due-routes.ts';
import { dueTable } from '../../../services/delivery/src/adapters/due-table.ts';
import { dueOrders } from '../../../services/delivery/src/adapters/ordered-wakes.ts';
import { dueWakes } from '../../../services/delivery/src/adapters/wake-queue.ts';
import { LOOK_AHEAD_MS, type SweepPorts, type Swept, sweep } from '../../../services/delivery/src/domain/sweep.ts';
import { type Actor, environments } from '../actor.ts';
import { queueClients } from '../queue-client.ts';
import { LANE_URLS, PARK_URL } from '../queues.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 60_000;
/** What the handler leaves for a page that has begun. */
const MARGIN_MS = 15_000;
const LOOK_BACK_MS = 3_600_000;
const EVERY_MS = 60_000;
const OUTAGE_MINUTES = 14;
/** Where nothing is due soon a run is worth its time now and then only: it moves the cursors on. */
const IDLE_EVERY_MINUTES = 30;

/** The sweep, each minute as long as anything may become due: sometimes not at all, sometimes two at once. */
export const sweeps = (world: World): void => {
  const { choices, timeline, due, invoke, isAtWork, onFault, story } = world;
  const processes = environments('sweep', world, () => undefined);

  let isResting = false;
  let restsIn = 0;

  const start = (nth: string): void => {
    const environment = processes.take();
    const name = `${environment.name} in minute ${nth}`;
    invoke<Swept>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) =>
        sweep(portsOf(actor, nth), { stopAt: actor.now() + LIMIT_MS - MARGIN_MS, lookBackMs: LOOK_BACK_MS }),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
      },
    });
  };

  const portsOf = (actor: Actor, nth: string): SweepPorts => {
    const client = world.clientFor(() => actor, `sweep ${nth}`);
    const waiting = { sleep: actor.wait, random: () => 0.5 };
    const { sqs } = queueClients(world, () => actor);
    return {
      ...dueTable(client, 'table', waiting),
      send: dueRoutes({
        tasks: dueLanes({
          client: sqs,
          queueUrls: LANE_URLS,
          waiting,
          now: actor.now,
          mintCopyId: () => world.numbered('copy'),
        }),
        wakes: dueWakes(sqs, PARK_URL, waiting, actor.now),
        orders: dueOrders(sqs, PARK_URL, waiting, actor.now),
      }),
      now: actor.now,
    };
  };

  const isWorthIt = (minute: number): boolean =>
    due.count() > 0 &&
    (due.firstAt() <= timeline.now() + LOOK_AHEAD_MS + EVERY_MS || minute % IDLE_EVERY_MINUTES === 0);

  const tick = (minute: number): void => {
    isResting = !isAtWork();
    if (isResting) {
      restsIn = minute;
      return;
    }
    const isNeeded = isWorthIt(minute);
    const how = !isNeeded ? 0 : choices.choose('duplicate', `minute ${minute}: sweeps`, [0.06, 0.06, 0.12]);
    if (how > 0) onFault('sweep');
    if (how === 2 || how === 3) {
      const minutes = how === 2 ? 1 : OUTAGE_MINUTES;
      story.tell(() => `no sweep runs for ${minutes} min`);
      timeline.after(minutes * EVERY_MS, () => tick(minute + minutes));
      return;
    }
    if (isNeeded) start(`${minute}`);
    if (how === 1) {
      story.tell(() => `two sweeps run in minute ${minute}`);
      start(`${minute}, second`);
    }
    timeline.after(EVERY_MS, () => tick(minute + 1));
  };
  timeline.after(EVERY_MS, () => tick(1));
  const resume = (): void => {
    if (isResting) tick(restsIn);
  };
  world.onWork.push(resume);
  world.watchers.push(({ after }) => {
    if (after?.kind === 'due') resume();
  });
};
