import type { Step } from '../toolchain/steps.mjs';
import type { DeployTarget } from './deploy-target.ts';
import { type BuiltStack, type SamOptions, samBuild, samDeploy } from './sam.ts';
import { resolvedParameters } from './samconfig-values.ts';
import type { Stack } from './stacks.ts';
import { writeVersionHashes } from './version-hash.ts';

export const buildStack = (stack: Stack, buildsFolder: string, step: Step, options: SamOptions): Promise<BuiltStack> =>
  step(`sam build: ${stack.name}`, () => samBuild(stack, buildsFolder, options));

export const deployStack = (built: BuiltStack, target: DeployTarget, step: Step, options: SamOptions): Promise<void> =>
  step(`sam deploy: ${built.name}`, async () => {
    writeVersionHashes(built.template, await resolvedParameters(built, target));
    await samDeploy(built, target, options);
  });
