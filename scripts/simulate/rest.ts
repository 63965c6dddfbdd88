import { setImmediate } from 'node:timers/promises';
import { endpointKey } from '@fanfare/core/keys';
import { owners } from './actors/owner.ts';
import { increment } from './ledger.ts';
import { readable } from './names.ts';
import type { World } from './world.ts';

const MOST_STEPS = 12_000;
const MOST_REDRIVES = 10;

/** Lets time pass until nothing more is to come. What is left in dead-letter queues then is moved back. */
export const untilRest = async (world: World): Promise<number> => {
  const { timeline, takeSettled, ledger, isAtWork } = world;
  let redrives = 0;
  for (let steps = 1; ; steps += 1) {
    // Whatever waits for a promise runs to its next call before time goes on.
    if (takeSettled()) await setImmediate();
    if (timeline.step()) {
      if (steps <= MOST_STEPS) continue;
      ledger.violations.push(`it does not come to rest within ${MOST_STEPS} steps`);
      return steps;
    }
    redrives += 1;
    if (redrives > MOST_REDRIVES) {
      ledger.violations.push('the dead-letter queue fills again although nothing fails any more');
      return steps;
    }
    if (redrive(world) > 0) continue;
    if (isAtWork()) ledger.violations.push('work is left that nobody takes');
    return steps;
  }
};

/** Somebody moves what is in the dead-letter queues back. */
export const redrive = ({ queues, ledger, story, onWork }: World): number => {
  let all = 0;
  for (const [name, queue] of Object.entries(queues)) {
    for (const { label } of queue.deadLetters) increment(ledger.repeats, label.split(' ')[0] ?? '');
    const moved = queue.redrive();
    if (moved > 0) story.tell(() => `somebody redrives ${moved} dead letters of ${name}`);
    all += moved;
  }
  if (all > 0) for (const resume of onWork) resume();
  return all;
};

/** Owners enable what is disabled, and from now on every endpoint answers well: what waited for them goes out. */
export const makeAllWell = (world: World): void => {
  const { ledger, table, health, timeline, onWork } = world;
  health.areAllWell = true;
  ledger.restedAt = timeline.now();
  const owner = owners(world);
  for (const endpoint of ledger.endpoints.values()) {
    const item = table.get(endpointKey({ ...endpoint, endpointId: endpoint.id }));
    if (item?.disabled !== true || item.deletedAt !== undefined) continue;
    owner.change({ name: `at last, ${readable(endpoint.id)}`, kind: 'enable', endpoint });
  }
  for (const resume of onWork) resume();
};
