import { constants } from 'node:os';
import { Failure } from './failure.mjs';

/** @type {readonly NodeJS.Signals[]} */
const INTERRUPTING = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Turns Ctrl-C and its relatives into the abortion of a run, so that it is stopped in order. The exit code is
 * the one a shell reports for the signal.
 *
 * @param {AbortController} controller
 * @returns {() => void} gives the signals their usual meaning back
 */
export const abortOnInterrupt = (controller) => {
  /** @type {(signal: NodeJS.Signals) => void} */
  const onSignal = (signal) => {
    const what = signal === 'SIGINT' ? 'Interrupted' : `Stopped by ${signal}`;
    controller.abort(
      new Failure(`${what}; nothing is left running, run the same command to start again.`, {
        exitCode: exitCodeOf(signal),
      }),
    );
  };
  for (const signal of INTERRUPTING) process.on(signal, onSignal);
  return () => {
    for (const signal of INTERRUPTING) process.off(signal, onSignal);
  };
};

/** @type {(signal: NodeJS.Signals) => number} */
export const exitCodeOf = (signal) => 128 + constants.signals[signal];

/**
 * Passes signals on to a child that handles them itself, instead of dying before it.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
export const passSignalsTo = (child) => {
  for (const signal of INTERRUPTING) process.on(signal, () => child.kill(signal));
};
