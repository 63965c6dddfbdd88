import { appendFileSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deployStack } from '../environment/deploy-stack.ts';
import { emulatedTarget } from '../environment/deploy-target.ts';
import type { Environment } from '../environment/environment.ts';
import { environmentFolder } from '../environment/folders.ts';
import { stackNamed } from '../environment/stacks.ts';
import type { Step } from '../toolchain/steps.mjs';

/** One function of each service that is redeployed, by which to see that it was. */
export const REDEPLOYED = { delivery: 'deliver-webhook', fanout: 'fan-out' } as const;

export type Redeployed = keyof typeof REDEPLOYED;

/**
 * Deploys a service again with code of another hash, so that a new version is published and takes over while the old
 * one is at work. Whether it did.
 */
export const redeploy = async (
  service: Redeployed,
  { name, stage, endpoint, signal }: Pick<Environment, 'name' | 'stage' | 'endpoint' | 'signal'>,
  step: Step,
): Promise<boolean> => {
  const stack = stackNamed(service);
  const workFolder = join(environmentFolder(name), 'builds', service);
  const template = join(workFolder, 'build', 'template.yaml');
  for (const bundle of globSync('*/index.mjs', { cwd: dirname(template) })) {
    appendFileSync(join(dirname(template), bundle), `\n// deployed again at ${new Date().toISOString()}\n`);
  }
  const target = emulatedTarget(endpoint);
  const client = new LambdaClient(target.clientOptions);
  const version = async () =>
    (await client.send(new GetAliasCommand({ FunctionName: `fanfare-${stage}-${REDEPLOYED[service]}`, Name: 'live' })))
      .FunctionVersion;
  const before = await version();
  await deployStack({ ...stack, template, workFolder }, target, step, { signal });
  return (await version()) !== before;
};
