/**
 * A run that cannot go on, and why.
 *
 * The message is one sentence that tells a person what happened and what to do. `details` are the last
 * lines of the tool that failed, printed above it.
 */
export class Failure extends Error {
  /**
   * @param {string} sentence
   * @param {{ exitCode?: number, details?: readonly string[], cause?: unknown }} [options]
   */
  constructor(sentence, { exitCode = 1, details = [], cause } = {}) {
    super(sentence, { cause });
    this.name = 'Failure';
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** What a shell reports for a command line that is not understood. */
export const EXIT_USAGE = 2;

/**
 * Prints a failure and returns the exit code of the run. Anything that is not a {@link Failure} is a fault
 * of these scripts and keeps its stack trace.
 *
 * @param {unknown} error
 * @returns {number}
 */
export const reportFailure = (error) => {
  if (!(error instanceof Failure)) {
    console.error(error);
    return 1;
  }
  for (const line of error.details) console.error(`  | ${line}`);
  console.error(`fanfare: ${error.message}`);
  return error.exitCode;
};
