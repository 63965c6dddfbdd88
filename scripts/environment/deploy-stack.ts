import type { Step } from '../toolchain/steps.mjs';
import type { DeployTarget } from './deploy-target.ts';
import { type BuiltStack, samBuild, samDeploy } from './sam.ts';
import { resolvedParameters } from './samconfig-values.ts';
import type { Stack } from './stacks.ts';
import { writeVersionHashes } from './version-hash.ts';

export const buildStack = (stack: Stack, buildsFolder: string, step: Step, signal: AbortSignal): Promise<BuiltStack> =>
  step(`sam build: ${stack.name}`, () => samBuild(stack, buildsFolder, signal));

export const deployStack = (built: BuiltStack, target: DeployTarget, step: Step, signal: AbortSignal): Promise<void> =>
  step(`sam deploy: ${built.name}`, async () => {
    writeVersionHashes(built.template, await resolvedParameters(built, target));
    await samDeploy(built, target, signal);
  });
