import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { parameterPath } from '../contract-names.ts';
import { allOrNothing } from '../toolchain/all-or-nothing.mjs';
import { Failure } from '../toolchain/failure.mjs';
import { type OnStep, type Step, stepsTo } from '../toolchain/steps.mjs';
import { buildStack, deployStack } from './deploy-stack.ts';
import { type DeployTarget, emulatedTarget } from './deploy-target.ts';
import {
  type Description,
  descriptionFile,
  findEnvironment,
  groupOf,
  removeDescription,
  writeDescription,
} from './description.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { environmentFolder } from './folders.ts';
import { freePort } from './port.ts';
import { newSigningKey, organisationToken, putSigningKey } from './signing-keys.ts';
import { PLATFORM, services } from './stacks.ts';
import { applyTerraform, initTerraform } from './terraform.ts';

export type StartOptions = {
  /** Part of the folder's name; one environment of a name at a time. */
  readonly name: string;
  readonly port: number | 'free';
  readonly onStep: OnStep;
  /** Where functions find AWS, when that is not the emulator itself but something in front of it. */
  readonly functionsEndpoint?: string;
  /** Stops the start, and everything it started, when it aborts. */
  readonly signal?: AbortSignal;
};

/** Fanfare, deployed as in an account, on an emulator of its own. */
export type Environment = Description & {
  /** Aborts when the emulator ends by itself or the signal given at the start aborts. */
  readonly signal: AbortSignal;
  /** The path of environment.json, for other processes. */
  readonly file: string;
  /** An API token of any organisation. */
  readonly tokenOf: (orgId: string) => Promise<string>;
  readonly stop: () => Promise<void>;
  /** Lets it live on after this process, with further process groups that belong to it, until `npm run down`. */
  readonly keep: (...groups: readonly number[]) => void;
};

/** Starts an emulator, applies terraform/, builds and deploys every stack. What fails, leaves nothing running. */
export const startEnvironment = async (options: StartOptions): Promise<Environment> => {
  const { name, port, onStep, functionsEndpoint, signal } = options;
  const running = findEnvironment(name);
  if (running !== undefined) {
    throw new Failure(
      `The environment '${name}' is already up on port ${running.port}: use it, or stop it with 'npm run down -- ${name}'.`,
    );
  }
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  signal?.throwIfAborted();
  const step = stepsTo(onStep);
  const folder = environmentFolder(name);
  const chosen = port === 'free' ? await freePort() : port;
  const emulator = await step('emulator', () => startEmulator(chosen, folder, controller, functionsEndpoint));
  const stop = async () => {
    signal?.removeEventListener('abort', forward);
    await emulator.stop();
    removeDescription(name);
  };
  try {
    const signingKey = newSigningKey();
    await deployEverything(emulator, folder, signingKey, step, controller, functionsEndpoint);
    const description = await describe(name, emulator, signingKey);
    writeDescription(description);
    return {
      ...description,
      signal: controller.signal,
      file: descriptionFile(name),
      tokenOf: (orgId) => organisationToken(orgId, signingKey),
      stop,
      keep: (...groups) => {
        emulator.keep();
        writeDescription({ ...description, groups: [...description.groups, ...groups.map(groupOf)] });
      },
    };
  } catch (error) {
    await stop();
    // Whatever failed afterwards, the first cause is the one to tell: a dead emulator, Ctrl-C.
    throw controller.signal.aborted ? controller.signal.reason : error;
  }
};

/** Builds while Terraform waits for its queues; services are deployed side by side once what they import stands. */
const deployEverything = async (
  emulator: Emulator,
  folder: string,
  signingKey: string,
  step: Step,
  controller: AbortController,
  functionsEndpoint: string = emulator.endpoint,
): Promise<void> => {
  const { signal } = controller;
  const meanwhile = { signal, yielding: true };
  const target = emulatedTarget(emulator.endpoint);
  const builds = join(folder, 'builds');
  const terraform = async () => {
    const copy = await step('terraform init', () => initTerraform(folder, signal));
    // The URLs of queues lead to where they were asked for, and the SQS client follows them.
    await step('terraform apply', () => applyTerraform(copy, functionsEndpoint, signal));
    await putSigningKey(signingKey, target);
  };
  const platform = async () => {
    const [built] = await Promise.all([buildStack(PLATFORM, builds, step, meanwhile), createBucket(target)]);
    await deployStack(built, target, step, meanwhile);
  };
  const built = services().map((stack) => ({ stack, work: () => buildStack(stack, builds, step, meanwhile) }));
  const [, , ...stacks] = await allOrNothing(controller, [
    async () => void (await terraform()),
    async () => void (await platform()),
    ...built.map(({ work }) => work),
  ]);
  await allOrNothing(
    controller,
    stacks.filter((stack) => stack !== undefined).map((stack) => () => deployStack(stack, target, step, { signal })),
  );
};

const createBucket = async ({ clientOptions, bucket }: DeployTarget): Promise<void> => {
  await new S3Client({ ...clientOptions, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
};

const describe = async (name: string, emulator: Emulator, signingKey: string): Promise<Description> => {
  const { stage, clientOptions } = emulatedTarget(emulator.endpoint);
  const client = new SSMClient(clientOptions);
  const { Parameter } = await client.send(new GetParameterCommand({ Name: parameterPath(stage, 'api/id') }));
  const orgId = mintId('org', Date.now(), randomBytes(RANDOM_BYTES));
  return {
    name,
    stage,
    port: emulator.port,
    endpoint: emulator.endpoint,
    baseUrl: `${emulator.endpoint}/_aws/execute-api/${Parameter?.Value}/$default`,
    orgId,
    token: await organisationToken(orgId, signingKey),
    signingKey,
    startedAt: new Date().toISOString(),
    groups: [groupOf(emulator.pid)],
    scratchFolder: emulator.scratchFolder,
  };
};
