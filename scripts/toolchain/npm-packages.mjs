import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { NODE_24, ROOT, STATE_FOLDER } from './folders.mjs';
import { runOrFail } from './run.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';

const STAMP = join(ROOT, 'node_modules/.fanfare-lock');

const lockHash = () => hashOf(readFileSync(join(ROOT, 'package-lock.json')));

export const npmPackagesAreInstalled = () => isStamped(STAMP, lockHash());

export const stampNpmPackages = () => stamp(STAMP, lockHash());

/** @param {AbortSignal} signal */
export const installNpmPackages = async (signal) => {
  await runOrFail(
    "Installing the npm packages failed: 'npm ci' shows why, often a registry that cannot be reached",
    'npm',
    ['ci', '--no-audit', '--no-fund'],
    { cwd: ROOT, signal, logFile: join(STATE_FOLDER, 'npm-ci.log') },
  );
  stampNpmPackages();
};

/** npm 12 skips install scripts it was not told about, and then the `node` package has no binary. */
export const checkNode24 = () => {
  const advice = "run 'npm ci' and look at what it says about install scripts";
  if (!existsSync(NODE_24)) throw new Failure(`The npm package 'node' came without its binary: ${advice}.`);
  const version = execFileSync(NODE_24, ['--version'], { encoding: 'utf8' }).trim();
  if (!version.startsWith('v24.')) throw new Failure(`The npm package 'node' is ${version} instead of v24: ${advice}.`);
};
