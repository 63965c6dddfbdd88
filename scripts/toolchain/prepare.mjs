import { join } from 'node:path';
import { allOrNothing } from './all-or-nothing.mjs';
import { STATE_FOLDER, toolsFolder } from './folders.mjs';
import { holdingLock } from './install-lock.mjs';
import { checkNode24, installNpmPackages, npmPackagesAreInstalled } from './npm-packages.mjs';
import { checkNpm, checkTerraform, findPython } from './prerequisites.mjs';
import { installPythonEnvironment, pythonEnvironmentIsInstalled } from './python-environments.mjs';

/**
 * @typedef {import('./prerequisites.mjs').Python} Python
 * @typedef {{ step: import('./steps.mjs').Step, controller: AbortController }} Preparation
 * @typedef {{ title: string, isDone: () => boolean, install: (signal: AbortSignal) => Promise<void> }} Installation
 */

/**
 * Checks that the machine has what `needs` ask for, and installs what is missing: everything at once, and never
 * two processes at the same time into the same folder.
 *
 * @param {readonly string[]} needs
 * @param {Preparation} preparation
 */
export const prepare = async (needs, { step, controller }) => {
  const { signal } = controller;
  const environments = needs.filter((need) => need !== 'terraform');
  const [python] = await Promise.all([
    environments.length > 0 ? findPython(signal) : undefined,
    needs.includes('terraform') ? checkTerraform(signal) : undefined,
    npmPackagesAreInstalled() ? undefined : checkNpm(signal),
  ]);
  const groups = [
    { lock: join(STATE_FOLDER, 'npm.lock'), installations: [npmInstallation] },
    {
      lock: join(toolsFolder(), 'python.lock'),
      installations: python === undefined ? [] : environments.map((name) => pythonInstallation(name, python)),
    },
  ];
  await allOrNothing(
    controller,
    groups.map(
      ({ lock, installations }) =>
        () =>
          install(lock, installations, step, controller),
    ),
  );
  checkNode24();
};

/** @type {Installation} */
const npmInstallation = {
  title: 'Install npm packages',
  isDone: npmPackagesAreInstalled,
  install: installNpmPackages,
};

/** @type {(name: string, python: Python) => Installation} */
const pythonInstallation = (name, python) => ({
  title: `Install Python packages: ${name}`,
  isDone: () => pythonEnvironmentIsInstalled(name, python),
  install: (signal) => installPythonEnvironment(name, python, signal),
});

/** @type {(lock: string, installations: readonly Installation[], step: Preparation['step'], controller: AbortController) => Promise<void>} */
const install = async (lock, installations, step, controller) => {
  if (installations.every(({ isDone }) => isDone())) return;
  /** @type {(ownerPid: number) => void} */
  const onWait = (ownerPid) =>
    console.log(`  … waiting for process ${ownerPid}, which is installing the same packages`);
  await holdingLock(lock, { signal: controller.signal, onWait }, () =>
    allOrNothing(
      controller,
      installations
        .filter(({ isDone }) => !isDone())
        .map((one) => () => step(one.title, () => one.install(controller.signal))),
    ),
  );
};
