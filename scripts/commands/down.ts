/**
 * Stops environments that are up: `npm run down` all of them, `npm run down -- dev` one.
 *
 * @needs nothing
 */
import { Command } from 'commander';
import { runningEnvironments, stopEnvironment } from '../environment/description.ts';
import { runCommand } from '../environment/run-command.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';

const command = new Command('npm run down --')
  .description('Stops what is up.')
  .argument('[name]', 'environment to stop, all of them when left out');

await runCommand(command, async (parsed) => {
  const [name] = parsed.args;
  const running = runningEnvironments();
  const chosen = name === undefined ? running : running.filter((one) => one.name === name);
  if (name !== undefined && chosen.length === 0) {
    const up = running.map((one) => one.name).join(', ') || 'none';
    throw new Failure(`The environment '${name}' is not up (up: ${up}).`, { exitCode: EXIT_USAGE });
  }
  for (const environment of chosen) {
    await stopEnvironment(environment);
    console.log(`Stopped '${environment.name}', which was on port ${environment.port}.`);
  }
  if (chosen.length === 0) console.log('Nothing is up.');
});
