import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { Failure } from './failure.mjs';
import { stopGroup, trackGroup } from './process-group.mjs';

/**
 * @typedef {{
 *   cwd?: string,
 *   env?: NodeJS.ProcessEnv,
 *   signal?: AbortSignal,
 *   logFile?: string,
 *   yielding?: boolean,
 *   onOutput?: (text: string, from: 'stdout' | 'stderr') => void,
 * }} RunOptions
 * @typedef {{ kind: 'exited', code: number, output: string }
 *   | { kind: 'killed', signal: NodeJS.Signals, output: string }
 *   | { kind: 'not-found' }} RunResult
 */

const DETAIL_LINES = 12;
const OUTPUT_LIMIT_CHARACTERS = 2_000_000;

/**
 * Runs a tool to its end, in a process group of its own. When `signal` aborts, the whole group is stopped and
 * the promise rejects with the signal's reason, so that every step of an interrupted run ends with one cause.
 * A tool that is `yielding` leaves the processor to those that somebody waits for.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export const run = (command, args, { cwd, env, signal, logFile, yielding = false, onOutput } = {}) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) trackGroup(child);
    if (child.pid !== undefined && yielding) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const log = logFile === undefined ? undefined : createWriteStream(logFile);
    let output = '';
    for (const from of /** @type {const} */ (['stdout', 'stderr'])) {
      child[from].setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-OUTPUT_LIMIT_CHARACTERS);
        log?.write(text);
        onOutput?.(text, from);
      });
    }
    const onAbort = () => void stopGroup(child).then(() => reject(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = () => {
      signal?.removeEventListener('abort', onAbort);
      log?.end();
    };
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      settle();
      if (error.code === 'ENOENT') resolve({ kind: 'not-found' });
      else reject(error);
    });
    child.on('close', (code, killedBy) => {
      settle();
      if (signal?.aborted) reject(signal.reason);
      else if (code !== null) resolve({ kind: 'exited', code, output });
      else resolve({ kind: 'killed', signal: killedBy ?? 'SIGKILL', output });
    });
  });

/**
 * Runs a tool that has to succeed and returns what it printed. Otherwise the last lines of its output become
 * the failure's details and `sentence` its message.
 *
 * @param {string} sentence
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 */
export const runOrFail = async (sentence, command, args, options = {}) => {
  const result = await run(command, args, options);
  if (result.kind === 'exited' && result.code === 0) return result.output;
  if (result.kind === 'not-found') throw new Failure(`${sentence} (${command} was not found).`);
  const how = result.kind === 'killed' ? `stopped by ${result.signal}` : `exit code ${result.code}`;
  const where = options.logFile === undefined ? '' : `; its whole output is in ${options.logFile}`;
  throw new Failure(`${sentence} (${how}${where}).`, { details: lastLines(result.output) });
};

/** @type {(output: string, count?: number) => string[]} */
export const lastLines = (output, count = DETAIL_LINES) =>
  output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count);
