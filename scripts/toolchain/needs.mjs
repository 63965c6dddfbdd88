import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_USAGE, Failure } from './failure.mjs';
import { ROOT } from './folders.mjs';

/**
 * What a command cannot work without: `terraform`, or the name of a file in scripts/python.
 *
 * @typedef {string} Need
 */

const COMMANDS = join(ROOT, 'scripts/commands');
const PYTHON = join(ROOT, 'scripts/python');

/** Every command there is: one file each in scripts/commands. */
export const commandNames = () =>
  readdirSync(COMMANDS)
    .map((file) => /^([a-z]+)\.ts$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .sort();

/** Every Python environment that can be made: one list of pinned packages each in scripts/python. */
export const pythonEnvironments = () => readdirSync(PYTHON).map((file) => file.replace(/\.txt$/, ''));

/** @type {(environment: string) => string} */
export const requirementsFile = (environment) => join(PYTHON, `${environment}.txt`);

/** @type {(command: string) => string} */
export const commandFile = (command) => join(COMMANDS, `${command}.ts`);

/**
 * Reads the needs of a command from its own file: a line ` * @needs terraform, emulator, sam` in its docstring.
 * A command that does not say needs everything.
 *
 * @param {string | undefined} command
 * @returns {readonly Need[]}
 */
export const needsOf = (command) => {
  if (command === undefined || !/^[a-z]+$/.test(command) || !existsSync(commandFile(command))) {
    const known = commandNames().join(', ');
    const what = command === undefined ? 'A command is missing' : `There is no command '${command}'`;
    throw new Failure(`${what}: the commands are ${known}.`, { exitCode: EXIT_USAGE });
  }
  const everything = ['terraform', ...pythonEnvironments()];
  const declared = /^ \* @needs (.+)$/m.exec(readFileSync(commandFile(command), 'utf8'))?.[1];
  if (declared === undefined) return everything;
  const needs = declared.split(/,\s*/).filter((need) => need !== 'nothing');
  const unknown = needs.filter((need) => !everything.includes(need));
  if (unknown.length > 0) throw new Error(`scripts/commands/${command}.ts: @needs ${unknown.join(', ')} is unknown`);
  return needs;
};
