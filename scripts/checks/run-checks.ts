import { availableParallelism } from 'node:os';
import type { OnStep } from '../toolchain/steps.mjs';
import { stepsTo } from '../toolchain/steps.mjs';
import type { Check } from './checks.ts';
import type { Report } from './finding.ts';

export type CheckResult = Report & {
  readonly name: string;
  readonly milliseconds: number;
  /** One for the check, or what it counted itself. */
  readonly passed: number;
  readonly failed: number;
};

/** One more than there are processors: some of them wait for the disk or for each other. */
const CONCURRENCY = availableParallelism() + 1;

/**
 * Runs checks side by side. A check that cannot be run fails like one that found something. Rejects with the
 * signal's reason when that aborts.
 */
export const runChecks = async (
  checks: readonly Check[],
  { onStep, signal }: { readonly onStep: OnStep; readonly signal: AbortSignal },
): Promise<readonly CheckResult[]> => {
  const waiting = [...checks.entries()];
  const results: CheckResult[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, check] = next;
      results[index] = await runCheck(check, onStep, signal);
      signal.throwIfAborted();
    }
  };
  const working = Array.from({ length: CONCURRENCY }, work);
  // Also when one is interrupted, all have tidied up before this ends.
  await Promise.allSettled(working);
  await Promise.all(working);
  return results;
};

const runCheck = async ({ name, run }: Check, onStep: OnStep, signal: AbortSignal): Promise<CheckResult> => {
  const startedAt = performance.now();
  let report: Report = { findings: [] };
  const step = stepsTo(onStep);
  try {
    await step(`check ${name}`, async () => {
      report = await run(signal);
      if (report.findings.length > 0) throw new FoundSomething(name);
    });
  } catch (error) {
    if (!(error instanceof FoundSomething))
      report = {
        findings: [{ file: `check ${name}`, reason: error instanceof Error ? error.message : String(error) }],
      };
  }
  const isGood = report.findings.length === 0;
  return {
    passed: isGood ? 1 : 0,
    failed: isGood ? 0 : 1,
    ...report,
    name,
    milliseconds: Math.round(performance.now() - startedAt),
  };
};

/** Makes the step of a check that found something a failed one. */
class FoundSomething extends Error {
  override readonly name = 'FoundSomething';
}
