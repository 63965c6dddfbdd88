import { setImmediate } from 'node:timers/promises';
import { type Choices, type Plan, plannedChoices, seededChoices } from './choices.ts';
import { brokenIn } from './invariants.ts';
import { populate, redrive } from './population.ts';
import type { Sentence } from './story.ts';
import type { World } from './world.ts';

export type Run = {
  /** What was broken, each as a sentence; nothing when all held. */
  readonly broken: readonly string[];
  readonly plan: Plan;
  readonly story: readonly Sentence[];
  readonly figures: Readonly<Record<string, number>>;
};

const MOST_STEPS = 20_000;
const MOST_REDRIVES = 10;

export const runSeed = (seed: number): Promise<Run> => run(seededChoices(seed), false);
export const runPlan = (plan: Plan, isTold = false): Promise<Run> => run(plannedChoices(plan), isTold);

const run = async (choices: Choices, isTold: boolean): Promise<Run> => {
  const world = populate(choices, isTold);
  const steps = await untilRest(world);
  return {
    broken: brokenIn(world),
    plan: world.choices.taken,
    story: world.story.sentences,
    figures: figuresOf(world, steps),
  };
};

/** Lets time pass until nothing more is to come. What is left in the dead-letter queue then is moved back. */
const untilRest = async (world: World): Promise<number> => {
  const { timeline, takeSettled, ledger, lane, stream, waitingDue } = world;
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
    if (lane.waiting() + stream.waiting() + waitingDue() > 0) ledger.violations.push('work is left that nobody takes');
    return steps;
  }
};

const figuresOf = ({ ledger, faults }: World, steps: number): Record<string, number> => ({
  steps,
  messages: ledger.minted.size,
  requests: [...ledger.requests.values()].reduce((sum, count) => sum + count, 0),
  retries: [...ledger.scheduled.values()].reduce((sum, count) => sum + count, 0),
  ...Object.fromEntries(faults),
});
