import { dueLanes } from '../../../services/delivery/src/adapters/due-lanes.ts';
import { dueRoutes } from '../../../services/delivery/src/adapters/due-routes.ts';
import { dueTable } from '../../../services/delivery/src/adapters/due-table.ts';
import { type SweepPorts, type Swept, sweep } from '../../../services/delivery/src/domain/sweep.ts';
import { type Actor, environments } from '../actor.ts';
import { queueClients } from '../queue-client.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 60_000;
/** What the handler leaves for a page that has begun. */
const MARGIN_MS = 15_000;
const LOOK_BACK_MS = 3_600_000;
const EVERY_MS = 60_000;
const OUTAGE_MINUTES = 14;

/** The sweep, each minute as long as anything may become due: sometimes not at all, sometimes two at once. */
export const sweeps = (world: World): void => {
  const { choices, timeline, waitingDue, invoke, isAtWork, onFault, story } = world;
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
    return {
      ...dueTable(client, 'table', waiting),
      send: dueRoutes({
        tasks: dueLanes({
          client: queueClients(world, actor).sqs,
          queueUrls: { webhook: 'the lane', slow: 'the slow lane', aws: 'the lane of AWS' },
          waiting,
          now: actor.now,
          mintCopyId: () => world.numbered('copy'),
        }),
        wakes: async () => new Set(),
        orders: async () => new Set(),
      }),
      now: actor.now,
    };
  };

  const tick = (minute: number): void => {
    isResting = !isAtWork();
    if (isResting) {
      restsIn = minute;
      return;
    }
    const how = waitingDue() === 0 ? 0 : choices.choose('duplicate', `minute ${minute}: sweeps`, [0.06, 0.06, 0.12]);
    if (how > 0) onFault('sweep');
    if (how === 2 || how === 3) {
      const minutes = how === 2 ? 1 : OUTAGE_MINUTES;
      story.tell(() => `no sweep runs for ${minutes} min`);
      timeline.after(minutes * EVERY_MS, () => tick(minute + minutes));
      return;
    }
    if (waitingDue() > 0) start(`${minute}`);
    if (how === 1) {
      story.tell(() => `two sweeps run in minute ${minute}`);
      start(`${minute}, second`);
    }
    timeline.after(EVERY_MS, () => tick(minute + 1));
  };
  timeline.after(EVERY_MS, () => tick(1));
  world.onWork.push(() => {
    if (isResting) tick(restsIn);
  });
};
