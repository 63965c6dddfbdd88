import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { packPayload } from '@fanfare/core/payload';
import { Svix } from 'svix';
import { buildLayer } from '../build-layer.ts';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';
import { startReceiver } from '../receiver/receiver.ts';
import type { BuiltFunction } from './built-functions.ts';
import { apiEvent, taskBatch } from './cpu-events.ts';

export type CpuTime = {
  readonly what: string;
  readonly cpuMs: number;
  readonly ratio: number;
  readonly budgetMs?: number;
};

const BATCH = 10;
/** As many calls as it takes the engine to compile what is hot. */
const WARM_UP = 1500;
const MEASURED = 1500;
const BUDGET_MS = 2;
const ONE_CALL = join(import.meta.dirname, 'one-call.ts');

/**
 * CPU time of the two hot functions, and as a ratio to one bare call of the SDK: the function's own process, warm, the emulator
 * and the endpoint being other processes. The bundles and environments are the deployed ones.
 */
export const measureCpu = async (environment: Environment, functions: readonly BuiltFunction[]): Promise<CpuTime[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-cpu-'));
  const receiver = await startReceiver();
  try {
    await buildLayer(join(folder, 'layer'));
    await symlink(join(folder, 'layer/nodejs/node_modules'), join(folder, 'node_modules'));
    const svix = new Svix(environment.token, { serverUrl: environment.baseUrl });
    const { id: appId } = await svix.application.create({ name: 'cpu' });
    const { id: endpointId } = await svix.endpoint.create(appId, { url: receiver.url('/bench') });
    const body = JSON.stringify(samplePayload());

    const post = (count: number) =>
      Array.from({ length: count }, () =>
        apiEvent(environment.token, appId, `{"eventType":"order.paid","payload":${body}}`),
      );
    const target = { orgId: environment.orgId, appId, endpointId, payload: packPayload(Buffer.from(body)) };
    const deliver = (count: number) =>
      Array.from({ length: count / BATCH }, () => taskBatch(target, BATCH, newMessageId));

    const measure = async (name: string, file: string, warmUp: unknown[], measured: unknown[]): Promise<number> =>
      (await runWorker(environment.endpoint, name, { file, warmUp, measured })) / MEASURED;
    const hot = async (name: string, warmUp: unknown[], measured: unknown[]): Promise<number> => {
      const code = functions.find((each) => each.name === name)?.code;
      if (code === undefined) throw new Error(`there is no function ${name}`);
      const file = join(folder, `${name}.mjs`);
      await writeFile(file, code);
      return measure(name, file, warmUp, measured);
    };
    const nothing = (count: number): unknown[] => Array.from({ length: count }, () => ({}));
    const call = await measure('post-message', ONE_CALL, nothing(WARM_UP), nothing(MEASURED));
    const accepted = await hot('post-message', post(WARM_UP), post(MEASURED));
    const delivered = await hot('deliver-webhook', deliver(WARM_UP), deliver(MEASURED));
    return [
      { what: 'call of the SDK', cpuMs: call, ratio: 1 },
      { what: 'accepted event', cpuMs: accepted, ratio: accepted / call, budgetMs: BUDGET_MS },
      { what: 'delivered attempt', cpuMs: delivered, ratio: delivered / call, budgetMs: BUDGET_MS },
    ];
  } finally {
    await receiver.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const newMessageId = (): string => mintId('msg', Date.now(), randomBytes(RANDOM_BYTES));

const samplePayload = () => ({
  type: 'order.paid',
  data: Array.from({ length: 8 }, (_, line) => ({
    id: randomBytes(6).toString('hex'),
    line,
    title: 'Espresso cup',
    price: 499 + line,
  })),
});

/** The deployed function's own variables, with successes not logged, as for 99 of 100 invocations. */
const runWorker = async (endpoint: string, name: string, work: object): Promise<number> => {
  const lambda = new LambdaClient(clientOptions(endpoint));
  const { Environment: deployed } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: `fanfare-local-${name}` }),
  );
  const child = fork(join(import.meta.dirname, 'cpu-worker.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...deployed?.Variables,
      POWERTOOLS_LOGGER_SAMPLE_RATE: '0',
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  const answer = new Promise<{ cpuMs: number; last: unknown }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { cpuMs: number; last: unknown }));
    child.once('exit', (code) => reject(new Error(`${name}: the process ended with ${code}`)));
  });
  child.send(work);
  const { cpuMs, last } = await answer;
  child.kill();
  if (failed(last)) throw new Error(`${name}: ${JSON.stringify(last)}`);
  return cpuMs;
};

/** A figure of calls that were refused would be a good one. */
const failed = (answer: unknown): boolean => {
  const { statusCode, batchItemFailures } = answer as { statusCode?: number; batchItemFailures?: unknown[] };
  return (statusCode !== undefined && statusCode !== 202) || (batchItemFailures?.length ?? 0) > 0;
};
