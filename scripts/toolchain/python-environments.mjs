import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsFolder } from './folders.mjs';
import { requirementsFile } from './needs.mjs';
import { runOrFail } from './run.mjs';
import { hashOf, isStamped, stamp } from './stamp.mjs';

/** @typedef {import('./prerequisites.mjs').Python} Python */

/** The folder of programs of one of the environments. @type {(environment: string) => string} */
export const programsOf = (environment) => join(toolsFolder(), environment, 'bin');

/** @type {(environment: string, python: Python) => boolean} */
export const pythonEnvironmentIsInstalled = (environment, python) =>
  isStamped(stampOf(environment), hashFor(environment, python)) && existsSync(join(programsOf(environment), 'python'));

/**
 * Makes the virtual environment from its pinned packages, from scratch. The list is complete, so nothing is
 * resolved; byte code is left to the first import, which needs a tenth of it.
 *
 * @param {string} environment
 * @param {Python} python
 * @param {AbortSignal} signal
 */
export const installPythonEnvironment = async (environment, python, signal) => {
  const folder = join(toolsFolder(), environment);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(toolsFolder(), { recursive: true });
  await runOrFail(`Making a Python environment in ${folder} failed`, python.command, ['-m', 'venv', folder], {
    signal,
  });
  await runOrFail(
    `Installing the Python packages of '${environment}' failed, often because PyPI cannot be reached`,
    join(programsOf(environment), 'python'),
    [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--no-deps',
      '--no-compile',
      '-r',
      requirementsFile(environment),
    ],
    { signal, logFile: join(toolsFolder(), `${environment}.log`) },
  );
  stamp(stampOf(environment), hashFor(environment, python));
};

/** @type {(environment: string) => string} */
const stampOf = (environment) => join(toolsFolder(), environment, '.fanfare-requirements');

/** @type {(environment: string, python: Python) => string} */
const hashFor = (environment, { version }) =>
  hashOf(readFileSync(requirementsFile(environment)), version.split('.').slice(0, 2).join('.'));
