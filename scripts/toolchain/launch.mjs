import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { NODE_24, ROOT, toolsFolder } from './folders.mjs';
import { exitCodeOf, passSignalsTo } from './interruption.mjs';
import { commandFile } from './needs.mjs';

/**
 * What was done before the command started, for those that measure.
 *
 * @typedef {{ startedAt: number, steps: { title: string, milliseconds: number }[] }} Setup
 */

/**
 * Runs a command on Node.js 24 with the repository's own programs first on the PATH, so that `node` means the
 * same everywhere below it: in the emulator's functions, in makefiles, in npm packages.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Setup} setup
 * @returns {Promise<number>} the command's exit code
 */
export const launch = async (command, args, setup) => {
  const child = spawn(NODE_24, [commandFile(command), ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      FANFARE_TOOLS_DIR: toolsFolder(),
      FANFARE_SETUP: JSON.stringify(setup),
      FANFARE_FIRST_NODE: process.execPath,
    },
  });
  passSignalsTo(child);
  const [code, signal] = await once(child, 'exit');
  return code ?? exitCodeOf(signal);
};
