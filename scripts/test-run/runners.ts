import type { WiredEnvironment } from '../chaos/wired-environment.ts';
import { allChecks } from '../checks/checks.ts';
import { findingLine } from '../checks/finding.ts';
import { summaryLines } from '../checks/print-checks.ts';
import { type CheckResult, runChecks } from '../checks/run-checks.ts';
import type { OnStep } from '../toolchain/steps.mjs';
import { invokeSamples } from './invoke-samples.ts';
import { add, emptyOutcome, type Outcome } from './result.ts';
import { runChaosShort } from './run-chaos-short.ts';
import { runJest } from './run-jest.ts';
import { runSimulation } from './run-simulation.ts';

export type RunnerContext = {
  readonly signal: AbortSignal;
  readonly onStep: OnStep;
  /** The environment of this run; the first to ask waits longest. Rejects when it could not be started. */
  readonly environment: () => Promise<WiredEnvironment>;
  /** Text for a person, shown when everything has ended. */
  readonly tell: (lines: readonly string[]) => void;
};

export type Runner = {
  readonly name: string;
  readonly needsEnvironment: boolean;
  /** Runners of other rows that have to be through before this one begins, where they run at all. */
  readonly after?: readonly string[];
  readonly run: (context: RunnerContext) => Promise<Outcome>;
};

/**
 * Everything that proves something, in two rows that run side by side, because the machine that counts has two
 * processors. The environment starts beside both, and waits for Terraform most of that time.
 */
export const RUNNERS: readonly (readonly Runner[])[] = [
  [
    { name: 'check', needsEnvironment: false, run: (context) => check(context) },
    { name: 'simulate', needsEnvironment: false, run: ({ signal }) => runSimulation(signal) },
    { name: 'cli', needsEnvironment: true, run: (context) => jestOnEnvironment('cli', context) },
    {
      name: 'invoke',
      needsEnvironment: true,
      // Its samples leave something in quarantines, of which tests of the environment count what is there.
      after: ['emulator', 'e2e'],
      run: async ({ environment }) => invokeSamples(await environment()),
    },
  ],
  [
    { name: 'unit', needsEnvironment: false, run: ({ signal }) => runJest('unit', { signal, workers: 2 }) },
    { name: 'emulator', needsEnvironment: true, run: (context) => jestOnEnvironment('emulator', context) },
    { name: 'e2e', needsEnvironment: true, run: (context) => jestOnEnvironment('e2e', context) },
    // The last one: whoever came before it is through before faults are injected, and so is the other row's cli. What runs
    // beside it calls no deployed function, and only calls of these meet a fault.
    { name: 'chaos', needsEnvironment: true, after: ['cli'], run: (context) => runChaosShort(context) },
  ],
];

/** Tests of one environment take turns, so that what one waits for is not in the way of another. */
const jestOnEnvironment = async (project: string, { environment }: RunnerContext): Promise<Outcome> => {
  const { signal, file } = await environment();
  return runJest(project, { signal, workers: 1, environmentFile: file });
};

const check = async ({ onStep, signal, tell }: RunnerContext): Promise<Outcome> => {
  const results = await runChecks(allChecks(), { onStep, signal });
  tell(summaryLines(results));
  return results.map(checkOutcome).reduce(add, emptyOutcome);
};

const checkOutcome = ({ name, passed, failed, findings }: CheckResult): Outcome => ({
  ...emptyOutcome,
  passed,
  failed: Math.max(failed, findings.length > 0 ? 1 : 0),
  failures: findings.map((finding) => ({ what: name, reason: findingLine(finding) })),
});
