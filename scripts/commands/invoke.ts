/**
 * Runs one function in a container: `npm run invoke -- <service> <Function> <event>`.
 *
 * @needs sam
 */
import { Command } from 'commander';
import { findEnvironment } from '../environment/description.ts';
import { runCommand } from '../environment/run-command.ts';
import { type Stack, stackNamed } from '../environment/stacks.ts';
import { checkDocker } from '../invoke/docker.ts';
import { eventFile } from '../invoke/event-file.ts';
import { functionIds } from '../invoke/function-ids.ts';
import { invokeLocally } from '../invoke/invoke.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';

const command = new Command('npm run invoke --')
  .description('Runs one function in a container with `sam local invoke`, and fails when the function failed.')
  .argument('<service>', 'name of a folder in services/')
  .argument('<function>', 'logical id of the function in its template')
  .argument('<event>', "name of one of the service's sample events, or a file")
  .option('--env <name>', 'environment that is up and whose AWS the function talks to', 'dev');

const checkFunction = (service: Stack, functionId: string): void => {
  const known = functionIds(service);
  if (known.includes(functionId)) return;
  throw new Failure(`${service.name} has no function '${functionId}': it has ${known.join(', ') || 'none'}.`, {
    exitCode: EXIT_USAGE,
  });
};

await runCommand(command, async (parsed, signal) => {
  const [serviceName = '', functionId = '', event = ''] = parsed.args;
  const service = stackNamed(serviceName);
  checkFunction(service, functionId);
  const file = eventFile(service, event);
  await checkDocker(signal);
  const { env } = parsed.opts<{ env: string }>();
  const environment = findEnvironment(env);
  if (environment === undefined && parsed.getOptionValueSource('env') === 'cli') {
    throw new Failure(`The environment '${env}' is not up: name one that is, or start one with 'npm run dev'.`);
  }
  if (environment === undefined) {
    console.error(`The environment '${env}' is not up, so the function reaches no AWS ('npm run dev' starts one).`);
  }
  const controller = new AbortController();
  signal.addEventListener('abort', () => controller.abort(signal.reason));
  const answer = await invokeLocally({ service, functionId, eventFile: file, environment }, controller);
  if (answer.kind === 'returned') return;
  throw new Failure(
    answer.kind === 'failed'
      ? `${functionId} failed with ${answer.errorType}: ${answer.errorMessage}`
      : `${functionId} gave no answer: the lines above say why.`,
  );
});
