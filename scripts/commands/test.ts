/**
 * Runs everything that must pass: `npm test`, or some of it: `npm test -- --only unit,check`.
 *
 * @needs terraform, emulator, sam, lint
 */
import { Command } from 'commander';
import { runCommand } from '../environment/run-command.ts';
import { chosenRows } from '../test-run/choice.ts';
import { resultLines } from '../test-run/print-results.ts';
import { runTests } from '../test-run/run-tests.ts';
import { RUNNERS } from '../test-run/runners.ts';
import { showSteps } from '../toolchain/steps.mjs';

const command = new Command('npm test --')
  .description('Runs every check and every test, on an environment of its own.')
  .option('--only <names>', 'runners to run, separated by commas, all of them when left out');

await runCommand(command, async (parsed, signal) => {
  const rows = chosenRows(RUNNERS, parsed.opts<{ only?: string }>().only);
  const told: string[] = [];
  const results = await runTests(rows, { signal, onStep: showSteps(), tell: (lines) => told.push(...lines) });
  console.log([...told, ...resultLines(results)].join('\n'));
  if (results.some(({ failed }) => failed > 0)) process.exit(1);
});
