import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { STATE_FOLDER } from '../toolchain/folders.mjs';
import type { StepEvent } from '../toolchain/steps.mjs';

/** How long one run took, in milliseconds. */
export type Timing = {
  readonly at: string;
  /** Cold: something had to be installed first. */
  readonly kind: 'cold' | 'warm';
  readonly total: number;
  /** By step. Steps overlap, so they add up to more than the total. */
  readonly steps: Readonly<Record<string, number>>;
};

type Setup = { readonly startedAt: number; readonly steps: readonly { title: string; milliseconds: number }[] };

/** One line of JSON per run that was asked for its timings. */
export const timingsFile = (): string => process.env.FANFARE_TIMINGS ?? join(STATE_FOLDER, 'timings.jsonl');

/** Collects the durations of steps, those before this process began included. */
export const timer = () => {
  const setup = JSON.parse(process.env.FANFARE_SETUP ?? 'null') as Setup | null;
  const startedAt = setup?.startedAt ?? Date.now();
  const steps = new Map(setup?.steps.map(({ title, milliseconds }) => [title, milliseconds]));
  return {
    onStep: (event: StepEvent): void => {
      if (event.kind === 'finished') steps.set(event.title, event.milliseconds);
    },
    end: (nowMs: number): Timing => ({
      at: new Date(nowMs).toISOString(),
      kind: (setup?.steps.length ?? 0) > 0 ? 'cold' : 'warm',
      total: nowMs - startedAt,
      steps: Object.fromEntries(steps),
    }),
  };
};

export const appendTiming = (timing: Timing): void => {
  mkdirSync(dirname(timingsFile()), { recursive: true });
  appendFileSync(timingsFile(), `${JSON.stringify(timing)}\n`);
};

/** The last runs, oldest first. */
export const lastTimings = (count: number): readonly Timing[] =>
  existsSync(timingsFile())
    ? readFileSync(timingsFile(), 'utf8')
        .trim()
        .split('\n')
        .slice(-count)
        .map((line) => JSON.parse(line) as Timing)
    : [];

/** A table in seconds: a row per step, a column per run. */
export const timingsTable = (timings: readonly Timing[]): readonly string[] => {
  const titles = [...new Set(timings.flatMap(({ steps }) => Object.keys(steps)))];
  const width = Math.max(...titles.map((title) => title.length), 'total'.length);
  const cell = (milliseconds: number | undefined) =>
    (milliseconds === undefined ? '' : (milliseconds / 1000).toFixed(1)).padStart(8);
  return [
    `${'seconds'.padEnd(width)}${timings.map(({ kind }) => kind.padStart(8)).join('')}`,
    ...titles.map((title) => `${title.padEnd(width)}${timings.map(({ steps }) => cell(steps[title])).join('')}`),
    `${'total'.padEnd(width)}${timings.map(({ total }) => cell(total)).join('')}`,
  ];
};
