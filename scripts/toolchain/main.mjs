import { Failure, reportFailure } from './failure.mjs';
import { abortOnInterrupt } from './interruption.mjs';
import { launch } from './launch.mjs';
import { commandNames, needsOf } from './needs.mjs';
import { prepare } from './prepare.mjs';
import { showSteps, stepsTo } from './steps.mjs';

/**
 * Prepares the machine for a command and runs it.
 *
 * @param {readonly string[]} commandLine
 * @returns {Promise<number>} the exit code
 */
export const main = async ([command, ...args]) => {
  try {
    if (process.platform === 'win32')
      throw new Failure('Fanfare runs on Linux and macOS: on Windows, use it inside WSL.');
    if (command === '--help') return help();
    const setup = await prepared(needsOf(command));
    return await launch(/** @type {string} */ (command), args, setup);
  } catch (error) {
    return reportFailure(error);
  }
};

const help = () => {
  console.log(`Usage: npm run <command> [-- <arguments>]\nCommands: ${commandNames().join(', ')}`);
  return 0;
};

/**
 * @param {readonly string[]} needs
 * @returns {Promise<import('./launch.mjs').Setup>}
 */
const prepared = async (needs) => {
  const startedAt = Date.now();
  /** @type {import('./launch.mjs').Setup['steps']} */
  const steps = [];
  const show = showSteps();
  const step = stepsTo((event) => {
    if (event.kind === 'finished') steps.push({ title: event.title, milliseconds: event.milliseconds });
    show(event);
  });
  const controller = new AbortController();
  const restoreSignals = abortOnInterrupt(controller);
  try {
    await prepare(needs, { step, controller });
  } finally {
    restoreSignals();
  }
  return { startedAt, steps };
};
