import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../toolchain/failure.mjs';
import { ROOT } from '../toolchain/folders.mjs';
import { lastLines, run, runOrFail } from '../toolchain/run.mjs';
import { lastTimings, timingsFile, timingsTable } from './timings.ts';

export type Measurement = { readonly runs: number; readonly cold: boolean; readonly port: number };

/** Runs the demo several times, each from the very beginning, and prints a table of what took how long. */
export const measureDemo = async ({ runs, cold, port }: Measurement, signal: AbortSignal): Promise<void> => {
  for (let n = 1; n <= runs; n += 1) {
    console.log(`Run ${n} of ${runs}, ${cold ? 'cold' : 'warm'}`);
    await (cold
      ? inFreshCopy((folder, fresh) => demo(folder, port, fresh, signal), signal)
      : demo(ROOT, port, {}, signal));
  }
  console.log(`\n${timingsTable(lastTimings(runs)).join('\n')}\n\nAppended to ${timingsFile()}.`);
};

const demo = async (folder: string, port: number, more: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> => {
  const { FANFARE_SETUP: _ours, ...inherited } = process.env;
  const firstNode = process.env.FANFARE_FIRST_NODE ?? 'node';
  const result = await run(firstNode, ['scripts/start.mjs', 'demo', '--timings', '--port', String(port)], {
    cwd: folder,
    signal,
    env: { ...inherited, FANFARE_TIMINGS: timingsFile(), ...more },
    onOutput: (text) => process.stdout.write(text),
  });
  if (result.kind === 'exited' && result.code === 0) return;
  const details = result.kind === 'not-found' ? [] : lastLines(result.output);
  throw new Failure('A demo failed, so there is nothing to measure; see above.', { details });
};

/** A copy of the working tree with nothing installed, and with empty download caches. */
const inFreshCopy = async (
  work: (folder: string, variables: NodeJS.ProcessEnv) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const parent = mkdtempSync(join(tmpdir(), 'fanfare-cold-'));
  const folder = join(parent, 'fanfare');
  try {
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    const files = await runOrFail("'git ls-files' failed", 'git', list, { cwd: ROOT, signal });
    for (const file of files.split('\0').filter((name) => name !== '')) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(folder, file));
    }
    await work(folder, {
      FANFARE_TOOLS_DIR: join(folder, '.fanfare/tools'),
      npm_config_cache: join(parent, 'npm-cache'),
      PIP_CACHE_DIR: join(parent, 'pip-cache'),
    });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
};
