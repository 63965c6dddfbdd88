import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withoutAwsVariables } from '../environment/emulated-aws.ts';
import { NODE_24, ROOT, STATE_FOLDER } from '../toolchain/folders.mjs';
import { lastLines, run } from '../toolchain/run.mjs';
import { jestOutcome } from './jest-report.ts';
import { failedRunner, type Outcome } from './result.ts';

/** A machine that does five things at once is slow, not wrong. */
const TEST_LIMIT_MILLISECONDS = 60_000;

const REPORTS = join(STATE_FOLDER, 'test');

/** Programs that tests start again and again, `ops` above all, are compiled once: half of what each start takes. */
const COMPILED = join(STATE_FOLDER, 'compiled');

/** How much of the machine a project takes, and how it shares it. */
export type JestOptions = {
  readonly signal: AbortSignal;
  readonly workers: number;
  /** The environment.json that the tests use. */
  readonly environmentFile?: string;
};

/** Runs one project of jest.config.mjs in a process of its own and reads what came of it. */
export const runJest = async (project: string, { signal, workers, environmentFile }: JestOptions): Promise<Outcome> => {
  const report = join(REPORTS, `${project}.json`);
  mkdirSync(REPORTS, { recursive: true });
  rmSync(report, { force: true });
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const args = [
    `--testTimeout=${TEST_LIMIT_MILLISECONDS}`,
    `--selectProjects=${project}`,
    `--maxWorkers=${workers}`,
    '--ci',
    '--json',
    `--outputFile=${report}`,
  ];
  const result = await run(NODE_24, [jest, ...args], {
    cwd: ROOT,
    signal,
    env: {
      ...withoutAwsVariables(),
      NODE_OPTIONS: '--experimental-vm-modules',
      NODE_COMPILE_CACHE: COMPILED,
      ...(environmentFile === undefined ? {} : { FANFARE_ENVIRONMENT: environmentFile }),
    },
    logFile: join(REPORTS, `${project}.log`),
  });
  if (existsSync(report)) return jestOutcome(readFileSync(report, 'utf8'));
  const output = result.kind === 'not-found' ? `${NODE_24} was not found` : lastLines(result.output).join('\n');
  return failedRunner(project, `Jest ended without a report:\n${output}`);
};
