import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_24, ROOT, STATE_FOLDER } from '../toolchain/folders.mjs';
import { lastLines, run } from '../toolchain/run.mjs';
import { failedRunner, type Outcome } from './result.ts';

const REPORTS = join(STATE_FOLDER, 'test');

/** Runs the simulation in a process of its own: a thousand seeds of the code as it is, then each mutation of it. */
export const runSimulation = async (signal: AbortSignal): Promise<Outcome> => {
  const report = join(REPORTS, 'simulate.json');
  mkdirSync(REPORTS, { recursive: true });
  rmSync(report, { force: true });
  const args = [join(ROOT, 'scripts/simulate/prove.ts'), report];
  const result = await run(NODE_24, args, { cwd: ROOT, signal, logFile: join(REPORTS, 'simulate.log') });
  if (existsSync(report)) return JSON.parse(readFileSync(report, 'utf8')) as Outcome;
  const output = result.kind === 'not-found' ? `${NODE_24} was not found` : lastLines(result.output).join('\n');
  return failedRunner('simulate', `the simulation ended without a report:\n${output}`);
};
