/**
 * Keeps an environment up to develop against: `npm run dev`.
 *
 * @needs terraform, emulator, sam
 */
import { Command } from 'commander';
import { type Description, findEnvironment } from '../environment/description.ts';
import { startEnvironment } from '../environment/environment.ts';
import { parsePort } from '../environment/port-option.ts';
import { runCommand } from '../environment/run-command.ts';
import { showSteps } from '../toolchain/steps.mjs';

const NAME = 'dev';
const DEFAULT_PORT = 4567;

const command = new Command('npm run dev --')
  .description('Starts an environment that stays up until `npm run down`.')
  .option('--port <number>', 'port of the emulator on loopback', parsePort, DEFAULT_PORT);

const tellHowToUse = ({ baseUrl, token }: Description): void => {
  console.log(`
  base URL  ${baseUrl}
  token     ${token}

  npm run deploy -- <service>                          redeploy what you changed
  npm run invoke -- <service> <Function> <event>       run one function in a container
  npm run down                                         stop it`);
};

await runCommand(command, async (parsed, signal) => {
  const running = findEnvironment(NAME);
  if (running !== undefined) {
    console.log(`The development environment is already up on port ${running.port}.`);
    return tellHowToUse(running);
  }
  const { port } = parsed.opts<{ port: number }>();
  const environment = await startEnvironment({ name: NAME, port, onStep: showSteps(), signal });
  environment.keep();
  console.log(`The development environment is up on port ${environment.port}.`);
  tellHowToUse(environment);
});
