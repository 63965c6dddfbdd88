import { performance } from 'node:perf_hooks';
import { increment } from './ledger.ts';
import type { Run } from './run-seed.ts';
import { shrink } from './shrink.ts';
import { lineOf } from './story.ts';

/** The simulation, with the real code or with a mutation of it. */
export type Simulation = {
  readonly runSeed: (seed: number) => Promise<Run>;
  readonly runPlan: (plan: Run['plan'], isTold?: boolean) => Promise<Run>;
};

export type Broken = { readonly seed: number; readonly sentence: string; readonly run: Run };

export type Seeds = {
  readonly from: number;
  readonly count: number;
  readonly milliseconds: number;
  /** Sums over all seeds. */
  readonly figures: ReadonlyMap<string, number>;
  /** The first seed that broke something; no later one was run. */
  readonly broken?: Broken;
};

/** Runs seeds one after the other, until one breaks something. */
export const runSeeds = async (
  { runSeed }: Simulation,
  { from, count }: { readonly from: number; readonly count: number },
  onSeed: (done: number) => void = () => {},
): Promise<Seeds> => {
  const startedAt = performance.now();
  const figures = new Map<string, number>();
  for (let done = 1; done <= count; done += 1) {
    const seed = from + done - 1;
    const run = await runSeed(seed);
    for (const [name, value] of Object.entries(run.figures)) increment(figures, name, value);
    onSeed(done);
    const milliseconds = performance.now() - startedAt;
    const [sentence] = run.broken;
    if (sentence !== undefined) return { from, count: done, milliseconds, figures, broken: { seed, sentence, run } };
  }
  return { from, count, milliseconds: performance.now() - startedAt, figures };
};

/** The shortest story that breaks the same thing, as text. */
export const storyLines = async (
  { seed, sentence, run }: Broken,
  simulation: Simulation,
): Promise<readonly string[]> => {
  const plan = await shrink(run.plan, sentence, simulation.runPlan);
  const told = await simulation.runPlan(plan, true);
  return [
    `Seed ${seed}: ${sentence}`,
    `Shrunk from ${run.plan.size} choices to ${plan.size}:`,
    ...[...plan].map(([label, choice]) => `  ${label} = ${choice}`),
    'What happened:',
    ...told.story.map((each) => `  ${lineOf(each)}`),
    'What is broken:',
    ...told.broken.map((each) => `  ${each}`),
  ];
};

/** One line: how many, how fast, and what happened in them. */
export const summaryLine = ({ count, milliseconds, figures }: Seeds): string => {
  const perSecond = Math.round((count * 1000) / Math.max(milliseconds, 1));
  const parts = [...figures].map(([name, value]) => `${value.toLocaleString('en')} ${name}`);
  return `${count.toLocaleString('en')} seeds in ${(milliseconds / 1000).toFixed(1)} s, ${perSecond} a second: ${parts.join(', ')}`;
};
