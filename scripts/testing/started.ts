import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT, toolsFolder } from '../toolchain/folders.mjs';

/** A command under test, run as a person runs it, with folders of its own for everything it makes. */
export type Started = {
  readonly stateFolder: string;
  /** Its TMPDIR. */
  readonly scratchFolder: string;
  /** What it printed so far, both streams. */
  readonly output: () => string;
  readonly untilPrinted: (text: string) => Promise<void>;
  /** Sends a signal to its whole process group, as a terminal does at Ctrl-C. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Process ids and command lines of everything it started that still runs. */
  readonly descendants: () => readonly { readonly pid: number; readonly command: string }[];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly cleanUp: () => void;
};

type StartOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly root?: string;
  /** Arguments of node before the file. */
  readonly nodeArgs?: readonly string[];
};

const POLL_MILLISECONDS = 20;

/** Runs `node scripts/start.mjs` with these arguments. */
export const start = (args: readonly string[], { env, root = ROOT, nodeArgs = [] }: StartOptions = {}): Started => {
  const stateFolder = realpathSync(mkdtempSync(join(tmpdir(), 'fanfare-test-')));
  const scratchFolder = join(stateFolder, 'scratch');
  mkdirSync(scratchFolder);
  const mark = `FANFARE_TEST_MARK=${randomUUID()}`;
  const [markName = '', markValue = ''] = mark.split('=');
  const child = spawn(process.execPath, [...nodeArgs, join(root, 'scripts/start.mjs'), ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      FANFARE_STATE_DIR: stateFolder,
      TMPDIR: scratchFolder,
      FANFARE_TOOLS_DIR: toolsFolder(),
      [markName]: markValue,
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    stateFolder,
    scratchFolder,
    output: () => output,
    untilPrinted: async (text) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended before it printed '${text}':\n${output}`);
        await wait(POLL_MILLISECONDS);
      }
    },
    signal: (signal) => void process.kill(-(child.pid ?? 0), signal),
    descendants: () => marked(mark),
    ended,
    cleanUp: () => {
      for (const { pid } of marked(mark)) process.kill(pid, 'SIGKILL');
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
};

/** Whoever carries the mark in the environment got it from us, however it was started. */
const marked = (mark: string) =>
  spawnSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64_000_000 })
    .stdout.split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => {
      const [, pid = '', command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), command: command.slice(0, 200) };
    });
