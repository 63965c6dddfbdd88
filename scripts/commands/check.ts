/**
 * Runs every check, or those that are named: `npm run check`, `npm run check -- contract permissions`.
 *
 * @needs terraform, sam, lint
 */
import { Command } from 'commander';
import { allChecks } from '../checks/checks.ts';
import { findingLines, summaryLines } from '../checks/print-checks.ts';
import { runChecks } from '../checks/run-checks.ts';
import { runCommand } from '../environment/run-command.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { showSteps } from '../toolchain/steps.mjs';

const command = new Command('npm run check --')
  .description('Checks everything that can be checked without running Fanfare.')
  .argument('[names...]', 'checks to run, all of them when left out');

await runCommand(command, async (parsed, signal) => {
  const checks = allChecks();
  const names = parsed.args;
  const unknown = names.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    const known = checks.map(({ name }) => name).join(', ');
    throw new Failure(`There is no check '${unknown}': the checks are ${known}.`, { exitCode: EXIT_USAGE });
  }
  const chosen = names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name));
  const results = await runChecks(chosen, { onStep: showSteps(), signal });
  console.log([...summaryLines(results), ...findingLines(results)].join('\n'));
  const failed = results.filter(({ findings }) => findings.length > 0);
  if (failed.length > 0)
    throw new Failure(`${failed.length} of ${results.length} checks found something; it is listed above.`);
  console.log(`\nAll ${results.length} checks passed.`);
});
