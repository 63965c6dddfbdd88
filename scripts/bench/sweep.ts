import { fork } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchWrite } from '@fanfare/core/aws/batch-write';
import { concurrently } from '@fanfare/core/concurrently';
import { DUE_BUCKET_MS, dueBucket } from '@fanfare/core/due-time';
import { dueKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem } from '@fanfare/events/due-item';
import { buildLayer } from '../build-layer.ts';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { BuiltFunction } from './built-functions.ts';

export const SWEPT_ITEMS = 100_000;
const WRITES_AT_ONCE = 8;

export type SweepRun = { readonly sent: number; readonly seconds: number; readonly isFinished: boolean };

export type SweepFigures = {
  readonly runs: readonly SweepRun[];
  readonly peakMegabytes: number;
  /** Of the process before its first run. */
  readonly loadedMegabytes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly queued: number;
};

const waiting = { sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)), random: Math.random };

/**
 * Puts 100,000 due items into one bucket of a table of its own and lets the deployed bundle of the sweep, in a process of
 * its own, send them to a queue that nobody reads.
 */
export const measureSweep = async (
  endpoint: string,
  functions: readonly BuiltFunction[],
  onProgress: (text: string) => void,
): Promise<SweepFigures> => {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-sweep-'));
  try {
    const tableName = 'bench-due';
    const sqs = new SQSClient(clientOptions(endpoint));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench-lane' }));
    await fillTable(endpoint, tableName, onProgress);
    const code = functions.find(({ name }) => name === 'sweep-due')?.code;
    if (code === undefined) throw new Error('there is no function sweep-due');
    await buildLayer(join(folder, 'layer'));
    await symlink(join(folder, 'layer/nodejs/node_modules'), join(folder, 'node_modules'));
    const file = join(folder, 'sweep-due.mjs');
    await writeFile(file, code);
    const figures = await runSweeps(file, {
      AWS_ENDPOINT_URL: endpoint,
      TABLE_NAME: tableName,
      QUEUE_WEBHOOK_URL: QueueUrl,
      QUEUE_SLOW_URL: QueueUrl,
      QUEUE_AWS_URL: QueueUrl,
      QUEUE_PARK_URL: QueueUrl,
    });
    return { ...figures, queued: await messagesIn(sqs, QueueUrl) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A task of an ordinary size, of one of a thousand applications. */
const dueTask = (number: number, dueAt: number): DueItem => {
  const id = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(27, '0')}`;
  const task = {
    v: 1,
    orgId: id('org', 1),
    appId: id('app', number % 1_000),
    messageId: id('msg', number),
    endpointId: id('ep', number % 3_000),
    attempt: 4,
    trigger: 'scheduled',
    eventType: 'order.paid',
    acceptedAt: dueAt - 7_200_000,
    copyId: 'benchcop',
  } as const;
  return {
    kind: 'due',
    what: 'task',
    dueAt,
    task,
    attributes: { lane: 'webhook', correlation_id: id('corr', number) },
  };
};

const fillTable = async (endpoint: string, tableName: string, onProgress: (text: string) => void): Promise<void> => {
  const plain = new DynamoDBClient(clientOptions(endpoint));
  const client = DynamoDBDocumentClient.from(plain);
  const names = ['PK', 'SK'] as const;
  await plain.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: names.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  // The bucket before the present one, so that all of it is due.
  const begin = (dueBucket(Date.now()) - 1) * DUE_BUCKET_MS;
  const items = Array.from({ length: SWEPT_ITEMS }, (_, n) => dueTask(n, begin + (n % DUE_BUCKET_MS)));
  const batches = Array.from({ length: SWEPT_ITEMS / 25 }, (_, n) => items.slice(n * 25, n * 25 + 25));
  let written = 0;
  await concurrently(WRITES_AT_ONCE, batches, async (batch) => {
    const puts = batch.map((item) => {
      const Item = { ...dueKey({ dueAt: item.dueAt, what: item.what, id: dueId(item) }), ...item };
      return { PutRequest: { Item } };
    });
    await batchWrite(client, tableName, puts, waiting);
    written += 25;
    if (written % 25_000 === 0) onProgress(`${written} of ${SWEPT_ITEMS} due items written`);
  });
};

type Told = Omit<SweepFigures, 'queued'>;

const runSweeps = async (file: string, variables: Record<string, string>): Promise<Told> => {
  const child = fork(join(import.meta.dirname, 'sweep-worker.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      STAGE: 'local',
      FIRST_LOOK_BACK_HOURS: '1',
      TRACING: 'off',
      POWERTOOLS_SERVICE_NAME: 'delivery',
      POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
      POWERTOOLS_LOG_LEVEL: 'ERROR',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...variables,
    },
  });
  const told = new Promise<Told>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Told));
    child.once('exit', (code) => reject(new Error(`sweep-due: the process ended with ${code}`)));
  });
  child.send(file);
  const figures = await told;
  child.kill();
  return figures;
};

const messagesIn = async (sqs: SQSClient, QueueUrl: string): Promise<number> => {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
};
