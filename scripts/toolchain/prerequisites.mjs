import { Failure } from './failure.mjs';
import { run } from './run.mjs';

/** @typedef {{ command: string, version: string }} Python */

const OLDEST_TERRAFORM = [1, 9];
const OLDEST_PYTHON = [3, 10];

/** The newest Python whose packages were seen to install; a newer one is taken only when there is no other. */
const NEWEST_PYTHON = [3, 14];

const PYTHON_PROBE = 'import sys; print("%d.%d.%d" % sys.version_info[:3], flush=True); import venv, ensurepip';

/** @param {AbortSignal} signal */
export const checkTerraform = async (signal) => {
  const advice = 'install Terraform 1.9 or later (https://developer.hashicorp.com/terraform/install)';
  const result = await run('terraform', ['version'], { signal });
  if (result.kind === 'not-found') throw new Failure(`Terraform is not on the PATH: ${advice} and run this again.`);
  const version = /^Terraform v(\S+)/m.exec(result.output)?.[1];
  if (version === undefined) throw new Failure(`'terraform version' does not tell its version: ${advice}.`);
  if (isOlder(version, OLDEST_TERRAFORM)) {
    throw new Failure(`Terraform ${version} is too old: ${advice} and run this again.`);
  }
};

/** @param {AbortSignal} signal */
export const checkNpm = async (signal) => {
  const result = await run('npm', ['--version'], { signal });
  if (result.kind === 'not-found') {
    throw new Failure(
      'npm is not on the PATH: install it together with Node.js (https://nodejs.org) and run this again.',
    );
  }
};

/**
 * Finds a Python that the tools run on. `FANFARE_PYTHON` names one explicitly.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Python>}
 */
export const findPython = async (signal) => {
  const advice = 'install Python 3.10 or later (https://www.python.org/downloads) and run this again.';
  const found = [];
  for (const command of pythonCommands()) {
    const python = await probePython(command, signal);
    if (python?.usable && !isNewer(python.version, NEWEST_PYTHON)) return python;
    if (python !== undefined) found.push(python);
  }
  const usable = found.find((python) => python.usable);
  if (usable !== undefined) return usable;
  const recent = found.find((python) => !isOlder(python.version, OLDEST_PYTHON));
  if (recent !== undefined) {
    const major = recent.version.split('.').slice(0, 2).join('.');
    throw new Failure(
      `Python ${recent.version} has no venv module: install it (on Debian and Ubuntu: apt-get install python${major}-venv) and run this again.`,
    );
  }
  throw new Failure(
    found[0] === undefined
      ? `Python is not on the PATH: ${advice}`
      : `Python ${found[0].version} is too old: ${advice}`,
  );
};

const pythonCommands = () =>
  process.env.FANFARE_PYTHON === undefined
    ? ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']
    : [process.env.FANFARE_PYTHON];

/** @type {(command: string, signal: AbortSignal) => Promise<(Python & { usable: boolean }) | undefined>} */
const probePython = async (command, signal) => {
  const result = await run(command, ['-c', PYTHON_PROBE], { signal });
  if (result.kind !== 'exited') return undefined;
  const version = /^\d+\.\d+\.\d+/m.exec(result.output)?.[0];
  if (version === undefined) return undefined;
  return { command, version, usable: result.code === 0 && !isOlder(version, OLDEST_PYTHON) };
};

/** @type {(version: string, bound: readonly number[]) => boolean} */
const isOlder = (version, bound) => compare(version, bound) < 0;

/** @type {(version: string, bound: readonly number[]) => boolean} */
const isNewer = (version, bound) => compare(version, bound) > 0;

/** Compares major and minor numbers alone. @type {(version: string, bound: readonly number[]) => number} */
const compare = (version, [major = 0, minor = 0]) => {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return haveMajor - major || haveMinor - minor;
};
