import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Environment } from '../environment/environment.ts';
import { type Stack, services } from '../environment/stacks.ts';
import { checkDocker } from '../invoke/docker.ts';
import { functionIds } from '../invoke/function-ids.ts';
import { Failure } from '../toolchain/failure.mjs';
import { NODE_24, ROOT } from '../toolchain/folders.mjs';
import { lastLines, run } from '../toolchain/run.mjs';
import { add, emptyOutcome, failedRunner, type Outcome, skippedRunner } from './result.ts';

const WHAT = '`sam local invoke` of each service with its sample event';

/**
 * Runs one function of each service in a container with the first of its sample events, as `npm run invoke` does.
 * Skipped as a whole where Docker has no engine.
 */
export const invokeSamples = async ({ name, signal }: Environment): Promise<Outcome> => {
  try {
    await checkDocker(signal);
  } catch (error) {
    if (error instanceof Failure) return skippedRunner(WHAT, error.message);
    throw error;
  }
  let outcome = emptyOutcome;
  for (const service of services()) outcome = add(outcome, await invokeSample(service, name, signal));
  return outcome;
};

const invokeSample = async (service: Stack, environment: string, signal: AbortSignal): Promise<Outcome> => {
  const [functionId] = functionIds(service);
  const [event] = globSync('*.json', { cwd: join(service.folder, 'events') }).sort();
  if (functionId === undefined) return emptyOutcome;
  if (event === undefined) return failedRunner(service.name, `services/${service.name}/events has no sample event`);
  const sample = `${service.name} ${functionId} ${basename(event, '.json')}`;
  const args = [join(ROOT, 'scripts/commands/invoke.ts'), ...sample.split(' '), '--env', environment];
  const result = await run(NODE_24, args, { cwd: ROOT, signal });
  if (result.kind === 'exited' && result.code === 0) return { ...emptyOutcome, passed: 1 };
  const output = result.kind === 'not-found' ? `${NODE_24} was not found` : lastLines(result.output).join('\n');
  return failedRunner(`npm run invoke -- ${sample}`, output);
};
