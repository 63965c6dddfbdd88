import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { emulatedTarget } from '../environment/deploy-target.ts';
import type { Description } from '../environment/description.ts';
import { emulatedAwsVariables, LOCAL_STAGE } from '../environment/emulated-aws.ts';
import { environmentFolder } from '../environment/folders.ts';
import { type BuiltStack, samBuild } from '../environment/sam.ts';
import { resolvedParameters, stageParameters } from '../environment/samconfig-values.ts';
import { PLATFORM, type Stack } from '../environment/stacks.ts';
import { allOrNothing } from '../toolchain/all-or-nothing.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';
import { run } from '../toolchain/run.mjs';
import { type Answer, answerIn, withoutLastWords } from './answer.ts';
import { hostAddress, imageIsHere, machineArchitecture } from './docker.ts';
import { localTemplate } from './local-template.ts';
import { startRelay } from './relay.ts';

export type Invocation = {
  readonly service: Stack;
  readonly functionId: string;
  readonly eventFile: string;
  /** The environment whose AWS the function talks to. */
  readonly environment: Description | undefined;
};

/** Nobody listens on it, so that a function without an environment reaches nothing rather than a real account. */
const NOWHERE = 'http://127.0.0.1:9';

/** Builds a service and runs one of its functions in a container, as Lambda would. */
export const invokeLocally = async (
  { service, functionId, eventFile, environment }: Invocation,
  controller: AbortController,
): Promise<Answer> => {
  const { signal } = controller;
  const folder = join(environmentFolder(environment?.name ?? 'none'), 'invoke');
  const [built, platform] = await allOrNothing(
    controller,
    [service, PLATFORM].map((stack) => () => samBuild(stack, folder, { signal })),
  );
  if (built === undefined || platform === undefined) throw new Error('two stacks were built');
  const architecture = machineArchitecture();
  const host = await hostAddress(signal);
  const file = join(dirname(built.template), 'local.yaml');
  const event = join(dirname(built.template), 'event.json');
  const { text, variableNames } = localTemplate({
    text: readFileSync(built.template, 'utf8'),
    file,
    functionId,
    values: new Map([...(await valuesFor(service, environment, host.name)), ['Architecture', architecture]]),
    layers: layersOf(platform),
    variables: {
      AWS_ENDPOINT_URL: environment === undefined ? NOWHERE : `http://${host.name}:${environment.port}`,
    },
  });
  writeFileSync(file, text);
  writeFileSync(event, withToken(readFileSync(eventFile, 'utf8'), environment), { mode: 0o600 });
  const stopRelay =
    environment === undefined || host.listenOn === undefined
      ? () => {}
      : await startRelay(host.listenOn, environment.port);
  try {
    const args = ['local', 'invoke', functionId, '--template-file', file, '--event', event];
    const offline = (await imageIsHere(architecture, signal)) ? ['--skip-pull-image'] : [];
    return await samLocal([...args, ...offline], built, variableNames, signal);
  } finally {
    stopRelay();
    rmSync(file, { force: true });
    rmSync(event, { force: true });
  }
};

/** Samples hold the place of a token, which no file in a repository should. */
const withToken = (event: string, environment: Description | undefined): string =>
  event.replaceAll('<TOKEN>', environment?.token ?? 'none');

const samLocal = async (
  args: readonly string[],
  built: BuiltStack,
  variableNames: readonly string[],
  signal: AbortSignal,
): Promise<Answer> => {
  const ours = Object.entries(emulatedAwsVariables(NOWHERE)).filter(([name]) => !variableNames.includes(name));
  let standardOutput = '';
  const result = await run(join(programsOf('sam'), 'sam'), args, {
    cwd: built.folder,
    signal,
    env: { ...Object.fromEntries(ours), TMPDIR: join(built.workFolder, 'tmp') },
    onOutput: (text, from) => {
      process[from].write(withoutLastWords(text));
      if (from === 'stdout') standardOutput += text;
    },
  });
  if (!standardOutput.endsWith('\n')) process.stdout.write('\n'); // sam ends without one
  return result.kind === 'exited' && result.code === 0 ? answerIn(standardOutput) : { kind: 'none' };
};

/** Addresses of the emulator, or of what stands in front of it, inside values lead to it from inside a container too. */
const valuesFor = async (
  service: Stack,
  environment: Description | undefined,
  hostName: string,
): Promise<ReadonlyMap<string, string>> => {
  if (environment === undefined) return stageParameters(service, LOCAL_STAGE);
  const values = await resolvedParameters(service, emulatedTarget(environment.endpoint));
  const loopback = /\/\/(127\.0\.0\.1|localhost):\d+/g;
  return new Map(
    [...values].map(([name, value]) => [name, value.replace(loopback, `//${hostName}:${environment.port}`)]),
  );
};

type PlatformTemplate = { Resources: Record<string, { Type: string; Properties: { ContentUri?: string } }> };

const layersOf = (platform: BuiltStack): ReadonlyMap<string, string> => {
  const { Resources } = parse(readFileSync(platform.template, 'utf8')) as PlatformTemplate;
  const layers = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Serverless::LayerVersion');
  return new Map(
    layers.map(([id, { Properties }]) => [id, join(dirname(platform.template), Properties.ContentUri ?? '')]),
  );
};
