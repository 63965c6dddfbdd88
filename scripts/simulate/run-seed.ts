import { type Choices, type Plan, plannedChoices, seededChoices } from './choices.ts';
import { brokenIn } from './invariants.ts';
import { brokenAtRest } from './invariants-at-rest.ts';
import { populate } from './population.ts';
import { makeAllWell, untilRest } from './rest.ts';
import type { Sentence } from './story.ts';
import type { World } from './world.ts';

export type Run = {
  /** What was broken, each as a sentence; nothing when all held. */
  readonly broken: readonly string[];
  readonly plan: Plan;
  readonly story: readonly Sentence[];
  readonly figures: Readonly<Record<string, number>>;
};

export const runSeed = (seed: number): Promise<Run> => run(seededChoices(seed), false);
export const runPlan = (plan: Plan, isTold = false): Promise<Run> => run(plannedChoices(plan), isTold);

const run = async (choices: Choices, isTold: boolean): Promise<Run> => {
  const world = populate(choices, isTold);
  const steps = await untilRest(world);
  const broken = brokenAtRest(world);
  makeAllWell(world);
  const more = await untilRest(world);
  return {
    broken: [...broken, ...brokenIn(world)],
    plan: world.choices.taken,
    story: world.story.sentences,
    figures: figuresOf(world, steps + more),
  };
};

const figuresOf = ({ ledger, faults }: World, steps: number): Record<string, number> => ({
  steps,
  messages: ledger.minted.size,
  requests: [...ledger.requests.values()].reduce((sum, count) => sum + count, 0),
  retries: [...ledger.scheduled.values()].reduce((sum, count) => sum + count, 0),
  reconciled: ledger.reconciled.size,
  'called off': ledger.calledOff.size,
  ...Object.fromEntries(ledger.events),
  ...Object.fromEntries(faults),
});
