import { startWiredEnvironment, type WiredEnvironment } from '../chaos/wired-environment.ts';
import { type OnStep, stepsTo } from '../toolchain/steps.mjs';
import { failedRunner, type RunnerResult } from './result.ts';
import type { Runner, RunnerContext } from './runners.ts';

export type TestRunOptions = {
  readonly signal: AbortSignal;
  readonly onStep: OnStep;
  readonly tell: (lines: readonly string[]) => void;
  /** Starts what the runners run against. */
  readonly start?: (options: { readonly signal: AbortSignal; readonly onStep: OnStep }) => Promise<WiredEnvironment>;
};

const startTestEnvironment: NonNullable<TestRunOptions['start']> = (options) =>
  startWiredEnvironment({ name: 'test', ...options });

/**
 * Runs rows of runners side by side, each row in its order, and stops the environment afterwards, whatever happens. A
 * runner that breaks off counts as one failure, and the others go on. Rejects when `signal` aborts.
 */
export const runTests = async (
  rows: readonly (readonly Runner[])[],
  { signal, onStep, tell, start = startTestEnvironment }: TestRunOptions,
): Promise<readonly RunnerResult[]> => {
  const isNeeded = rows.flat().some(({ needsEnvironment }) => needsEnvironment);
  const started = isNeeded ? start({ signal, onStep }) : Promise.reject(new Error('no runner needs an environment'));
  // Whoever waits for it is told; nobody may be waiting yet when it fails.
  started.catch(() => {});
  const context: RunnerContext = { signal, onStep, tell, environment: () => started };
  const ends = endsOf(rows);
  try {
    const running = rows.map((row) => runRow(row, context, ends));
    // Also when one is interrupted, all have ended before their environment does.
    await Promise.allSettled(running);
    return (await Promise.all(running)).flat();
  } finally {
    const environment = await started.catch(() => undefined);
    await environment?.stop();
  }
};

/** When a runner has ended, whatever came of it. */
type Ends = ReadonlyMap<string, PromiseWithResolvers<void>>;

const endsOf = (rows: readonly (readonly Runner[])[]): Ends =>
  new Map(rows.flat().map(({ name }) => [name, Promise.withResolvers<void>()]));

const runRow = async (row: readonly Runner[], context: RunnerContext, ends: Ends): Promise<readonly RunnerResult[]> => {
  const results: RunnerResult[] = [];
  try {
    for (const runner of row) {
      await Promise.all((runner.after ?? []).map((name) => ends.get(name)?.promise));
      context.signal.throwIfAborted();
      results.push(await runOne(runner, context));
      ends.get(runner.name)?.resolve();
    }
    context.signal.throwIfAborted();
    return results;
  } finally {
    // Also when this row breaks off, another one waits for none of it.
    for (const { name } of row) ends.get(name)?.resolve();
  }
};

const runOne = async ({ name, needsEnvironment, run }: Runner, context: RunnerContext): Promise<RunnerResult> => {
  const step = stepsTo(context.onStep);
  try {
    // Waiting is not what the runner took.
    if (needsEnvironment) await context.environment();
    const startedAt = performance.now();
    const outcome = await step(`run ${name}`, () => run(context));
    return { ...outcome, name, milliseconds: Math.round(performance.now() - startedAt) };
  } catch (error) {
    context.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return { ...failedRunner(name, reason), name, milliseconds: 0 };
  }
};
