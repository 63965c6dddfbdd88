import { failuresOf, reportLines } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { stepsTo } from '../toolchain/steps.mjs';
import { emptyOutcome, type Outcome } from './result.ts';
import type { RunnerContext } from './runners.ts';

const EVENTS = 500;
const SEED = 1;

/** The short form of `npm run chaos`: counts as one, and as one more for each promise that it finds broken. */
export const runChaosShort = async ({ environment, onStep, tell }: RunnerContext): Promise<Outcome> => {
  const running = await environment();
  const { wire } = running;
  const result = await runChaos({
    events: EVENTS,
    seed: SEED,
    environment: running,
    wire,
    step: stepsTo(onStep),
    tell: () => {},
  });
  const failures = failuresOf(result).map((reason) => ({ what: `${EVENTS} events under faults`, reason }));
  tell(reportLines(result));
  return { ...emptyOutcome, passed: failures.length === 0 ? 1 : 0, failed: failures.length, failures };
};
