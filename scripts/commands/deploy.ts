/**
 * Rebuilds and redeploys services: `npm run deploy -- <service>...`.
 *
 * @needs sam
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { buildStack, deployStack } from '../environment/deploy-stack.ts';
import { accountTarget, type DeployTarget, emulatedTarget } from '../environment/deploy-target.ts';
import { findEnvironment } from '../environment/description.ts';
import { LOCAL_STAGE } from '../environment/emulated-aws.ts';
import { environmentFolder } from '../environment/folders.ts';
import { runCommand } from '../environment/run-command.ts';
import { PLATFORM, type Stack, services, stackNamed } from '../environment/stacks.ts';
import { STAGES } from '../samconfig.ts';
import { allOrNothing } from '../toolchain/all-or-nothing.mjs';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { showSteps, stepsTo } from '../toolchain/steps.mjs';

type Options = { readonly env: string; readonly stage?: string; readonly all?: true };

/** What brings an environment up that outlives its command. */
const STARTED_BY = new Map([
  ['dev', 'npm run dev'],
  ['demo', 'npm run demo -- --keep'],
]);

const command = new Command('npm run deploy --')
  .description('Rebuilds and redeploys services, into the development environment unless told otherwise.')
  .argument('[service...]', "names of folders in services/, or 'platform' for the layers")
  .option('--all', 'the platform stack and every service')
  .option('--env <name>', 'environment that is up on this machine', 'dev')
  .option('--stage <stage>', 'stage in the AWS account of your own credentials instead');

await runCommand(command, async (parsed, signal) => {
  const options = parsed.opts<Options>();
  const stacks = stacksOf(parsed.args, options);
  const { target, folder } = targetOf(options);
  const controller = new AbortController();
  signal.addEventListener('abort', () => controller.abort(signal.reason));
  const step = stepsTo(showSteps());
  const builds = join(folder, 'builds');
  const deployAll = async (some: readonly Stack[]): Promise<void> => {
    const built = await allOrNothing(
      controller,
      some.map((stack) => () => buildStack(stack, builds, step, controller)),
    );
    await allOrNothing(
      controller,
      built.map((stack) => () => deployStack(stack, target, step, controller)),
    );
  };
  // The services import what the platform stack publishes.
  await deployAll(stacks.filter((stack) => stack.name === PLATFORM.name));
  await deployAll(stacks.filter((stack) => stack.name !== PLATFORM.name));
});

function stacksOf(names: readonly string[], { all }: Options): readonly Stack[] {
  if (all === true) return [PLATFORM, ...services()];
  if (names.length > 0) return names.map(stackNamed);
  throw new Failure("Name a service to deploy, or say '--all'.", { exitCode: EXIT_USAGE });
}

function targetOf({ env, stage }: Options): { target: DeployTarget; folder: string } {
  if (stage !== undefined) {
    const stages = STAGES.filter((name) => name !== LOCAL_STAGE);
    if (!stages.some((name) => name === stage)) {
      throw new Failure(`There is no stage '${stage}' in an account: the stages are ${stages.join(', ')}.`, {
        exitCode: EXIT_USAGE,
      });
    }
    return { target: accountTarget(stage), folder: environmentFolder(`stage-${stage}`) };
  }
  const running = findEnvironment(env);
  if (running === undefined) {
    const start = STARTED_BY.get(env);
    if (start !== undefined) throw new Failure(`The environment '${env}' is not up: start it with '${start}'.`);
    throw new Failure(`There is no environment '${env}': it is one of ${[...STARTED_BY.keys()].join(', ')}.`, {
      exitCode: EXIT_USAGE,
    });
  }
  return { target: emulatedTarget(running.endpoint), folder: environmentFolder(env) };
}
