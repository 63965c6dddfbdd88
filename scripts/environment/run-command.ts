import { type Command, CommanderError } from 'commander';
import { EXIT_USAGE, reportFailure } from '../toolchain/failure.mjs';
import { abortOnInterrupt } from '../toolchain/interruption.mjs';

/** What commander finds wrong reads like every other failure. */
const outputError = (text: string, write: (text: string) => void): void => write(text.replace(/^error: /, 'fanfare: '));

/** A command that was made before its parent was told something does not know it. */
const withSubcommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];

/**
 * Parses the command line and does the command's work, whose signal aborts at Ctrl-C. Ends the process with exit
 * code 2 when the line is not understood, and with a failure's own otherwise.
 */
export const runCommand = async (
  command: Command,
  work: (command: Command, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const controller = new AbortController();
  abortOnInterrupt(controller);
  try {
    for (const one of withSubcommands(command)) one.exitOverride().configureOutput({ outputError });
    command.allowExcessArguments(false).parse();
    await work(command, controller.signal);
    await end(0);
  } catch (error) {
    if (error instanceof CommanderError) await end(error.exitCode === 0 ? 0 : EXIT_USAGE);
    await end(reportFailure(error));
  }
};

/** What a pipe has not taken yet would be lost with the process. */
const end = async (exitCode: number): Promise<void> => {
  const written = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  await Promise.all(written);
  process.exit(exitCode);
};
