import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { programsOf } from '../toolchain/python-environments.mjs';
import { runOrFail } from '../toolchain/run.mjs';
import type { DeployTarget } from './deploy-target.ts';
import { toolVariables } from './emulated-aws.ts';
import type { Stack } from './stacks.ts';

/** A stack after `sam build`: the template whose code references point at what was built. */
export type BuiltStack = Stack & { readonly template: string; readonly workFolder: string };

export type SamOptions = {
  readonly signal: AbortSignal;
  /** Leaves the processor to Terraform, whose waits there is time enough in. */
  readonly yielding?: boolean;
};

const sam = () => join(programsOf('sam'), 'sam');

/**
 * Builds one stack into a folder of the environment's own: two environments, and two stacks of one, can be built at
 * the same time.
 */
export const samBuild = async (
  stack: Stack,
  buildsFolder: string,
  { signal, yielding = false }: SamOptions,
): Promise<BuiltStack> => {
  const workFolder = join(buildsFolder, stack.name);
  const buildFolder = join(workFolder, 'build');
  rmSync(buildFolder, { recursive: true, force: true });
  mkdirSync(join(workFolder, 'tmp'), { recursive: true });
  await runOrFail(
    `'sam build' of ${stack.name} failed`,
    sam(),
    ['build', '--template-file', 'template.yaml', '--build-dir', buildFolder, '--cache-dir', join(workFolder, 'cache')],
    {
      cwd: stack.folder,
      env: { ...process.env, ...toolVariables(), TMPDIR: join(workFolder, 'tmp') },
      signal,
      yielding,
      logFile: join(workFolder, 'build.log'),
    },
  );
  return { ...stack, template: join(buildFolder, 'template.yaml'), workFolder };
};

/** Deploys what was built, with the settings of the target's stage in the stack's samconfig.toml. */
export const samDeploy = async (
  built: BuiltStack,
  target: DeployTarget,
  { signal, yielding = false }: SamOptions,
): Promise<void> => {
  const upload = target.bucket === undefined ? [] : ['--no-resolve-s3', '--s3-bucket', target.bucket];
  await runOrFail(
    `'sam deploy' of ${built.name} failed`,
    sam(),
    [
      'deploy',
      '--template-file',
      built.template,
      '--config-file',
      join(built.folder, 'samconfig.toml'),
      '--config-env',
      target.stage,
      '--no-progressbar',
      '--no-confirm-changeset',
      ...upload,
    ],
    {
      cwd: built.folder,
      env: { ...target.variables, TMPDIR: join(built.workFolder, 'tmp') },
      signal,
      yielding,
      logFile: join(built.workFolder, 'deploy.log'),
    },
  );
};
