import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PurgeQueueCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { attemptKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { jest } from '@jest/globals';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import {
  idsOf,
  newApplication,
  newEndpoint,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { killWorkersOf } from './function-workers.ts';
import { QUEUE_ORG_ID, storedIds, untilDenied, untilStored, withoutRight } from './intake.ts';
import { ops, opsJson } from './ops-command.ts';
import { runFrom, type ShownRun, startRedrive, statusOf, untilDone, untilRunEnded } from './redrive-run.ts';
import { newTenant, type Tenant, tenantOf } from './tenant.ts';
import { messagesIn, sqs } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let lane: string;
let deadLetters: string;

beforeAll(async () => {
  tenant = await newTenant();
  lane = await contractValue('queue/slow/url');
  deadLetters = `${lane}-dead-letters`;
});
beforeEach(async () => void (await sqs().send(new PurgeQueueCommand({ QueueUrl: deadLetters }))));

/** An endpoint, and dead letters of the slow lane that are tasks for it, a message each. */
const deadLettersFor = async (count: number): Promise<{ readonly target: Target; readonly ids: readonly string[] }> => {
  const appId = await newApplication(tenant);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push((await tenant.svix.message.create(appId, { eventType: 'a', payload: { n } })).id);
  }
  const target = await newEndpoint(tenant, appId); // after them, so that nobody but the redrive sends it any
  const tasks = ids.map((messageId): DeliveryTask => {
    const { endpointId } = target;
    const ref = { orgId: tenant.orgId, appId, messageId, endpointId };
    return { v: 1, ...ref, attempt: 1, trigger: 'scheduled', eventType: 'a', acceptedAt: Date.now(), lane: 'slow' };
  });
  for (let start = 0; start < count; start += 10) {
    const Entries = tasks.slice(start, start + 10).map((task, index) => ({
      ...{ Id: String(index), MessageBody: JSON.stringify(task), MessageGroupId: appId },
    }));
    await sqs().send(new SendMessageBatchCommand({ QueueUrl: deadLetters, Entries }));
  }
  return { target, ids };
};

const expectDelivered = async (target: Target, ids: readonly string[]): Promise<void> => {
  await untilReceived(target, ids.length);
  await eventually('an empty lane', async () => ((await messagesIn(lane)) === 0 ? true : undefined));
  expect(new Set(idsOf(receivedBy(target)))).toEqual(new Set(ids));
  expect(await messagesIn(deadLetters)).toBe(0);
};

const functionName = (): string => `fanfare-${environmentUnderTest().stage}-redrive-step`;

describe('a redrive of dead letters', () => {
  test('has them delivered, and a second one finds nothing', async () => {
    const { target, ids } = await deadLettersFor(12);
    const report = await opsJson<ShownRun>('dlq', 'redrive', 'slow');
    expect(report).toMatchObject({ store: 'slow', status: 'ended', there: 12, done: 12, failed: [] });
    await expectDelivered(target, ids);
    await expect(opsJson('dlq', 'redrive', 'slow')).resolves.toMatchObject({ there: 0, done: 0 });
    expect(receivedBy(target)).toHaveLength(12);
  });

  test('whose workers are killed in the middle goes on and loses none', async () => {
    const { target, ids } = await deadLettersFor(30);
    const { run } = await startRedrive('slow', 2);
    await untilDone(run, 8);
    let killed = 0;
    await eventually('two workers killed', async () => {
      killed += killWorkersOf(functionName());
      return killed >= 2 ? true : undefined;
    });
    expect(await untilRunEnded(run)).toMatchObject({ status: 'ended', failed: [] });
    await expectDelivered(target, ids);
  });

  test('whose steps send and cannot delete is done when they can, and each is delivered once', async () => {
    const { target, ids } = await deadLettersFor(10);
    const restore = await withoutRight('redrive-step', 'sqs:DeleteMessageBatch');
    try {
      const sinceMs = Date.now();
      const { run } = await startRedrive('slow', 50);
      await untilDenied('redrive-step', sinceMs);
      await expectSent(target, ids);
      expect(await messagesIn(deadLetters)).toBe(10);
      await restore();
      expect(await untilRunEnded(run)).toMatchObject({ status: 'ended', there: 10, done: 10 });
    } finally {
      await restore();
    }
    await expectDelivered(target, ids);
    expect(receivedBy(target)).toHaveLength(10);
  });

  const expectSent = async (target: Target, ids: readonly string[]): Promise<void> => {
    await untilReceived(target, ids.length);
  };

  test('is joined by a second one, stopped, and finished by a third', async () => {
    const { target, ids } = await deadLettersFor(40);
    const first = await startRedrive('slow', 1);
    await untilDone(first.run, 4);
    expect((await startRedrive('slow', 500)).run).toBe(first.run);
    expect(await opsJson<readonly ShownRun[]>('dlq', 'runs')).toContainEqual(
      expect.objectContaining({ run: first.run, status: 'running' }),
    );
    await expect(opsJson('dlq', 'stop', 'slow')).resolves.toEqual({ stopped: [first.run] });
    const { status, done } = await statusOf('slow');
    expect(status).toBe('stopped');
    expect(done).toBeLessThan(40);
    await opsJson('dlq', 'redrive', 'slow', '--rate', '500');
    await expectDelivered(target, ids);
    expect(await ops('dlq', 'stop', 'slow')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No redrive of'),
    });
  });

  test('goes on when its terminal goes away, which says so', async () => {
    const { target, ids } = await deadLettersFor(6);
    const args = [
      'dlq',
      'redrive',
      'slow',
      '--rate',
      '1',
      '--env',
      basename(dirname(process.env.FANFARE_ENVIRONMENT ?? '')),
    ];
    const script = join(import.meta.dirname, '../scripts/commands/ops.ts');
    const terminal = spawn(process.execPath, [script, ...args], { env: { ...process.env, NODE_OPTIONS: '' } });
    let told = '';
    terminal.stderr.on('data', (text) => {
      told += text;
    });
    const exitCode = new Promise((resolve) => terminal.once('exit', resolve));
    await eventually('the first step', () => (told.includes('4 of 6') ? true : undefined));
    terminal.kill('SIGINT');
    expect(await exitCode).toBe(130);
    expect(told).toContain('goes on without this terminal');
    expect(await untilRunEnded('slow')).toMatchObject({ status: 'ended', done: 6 });
    await expectDelivered(target, ids);
  });

  test('goes on in a new execution, long before the history of the one it has is full', async () => {
    const { target, ids } = await deadLettersFor(10);
    const store = { kind: 'dead-letters', name: 'slow', queueUrl: deadLetters, sourceUrl: lane };
    const run = await runFrom(store, 199, 2);
    await eventually('the execution that follows', async () => (await statusOf(run)).done === 10 || undefined);
    expect(await untilRunEnded(run)).toMatchObject({ status: 'ended', there: 10, done: 10 });
    await expectDelivered(target, ids);
  });
});

describe('a redrive of a call that failed', () => {
  test('has the function called again with what it was given', async () => {
    const intake = await tenantOf(QUEUE_ORG_ID);
    const appId = await newApplication(intake);
    const message = { eventType: 'a', payload: { x: 1 } };
    const intakeMessage = { v: 1, organisation: QUEUE_ORG_ID, application: appId, message };
    const record = {
      ...{
        eventID: `shardId-000000000000:${Date.now()}`,
        eventSource: 'aws:kinesis',
        eventSourceARN: await contractValue('stream/intake/arn'),
      },
      kinesis: {
        ...{ partitionKey: 'k', sequenceNumber: '1', approximateArrivalTimestamp: Date.now() / 1000 },
        data: Buffer.from(JSON.stringify(intakeMessage)).toString('base64'),
      },
    };
    const failed = {
      version: '1.0',
      requestContext: {
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:fanfare-${environmentUnderTest().stage}-ingest-stream`,
        condition: 'RetriesExhausted',
      },
      requestPayload: { Records: [record] },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
    };
    const arn = await contractValue('destination/stream-failures/arn');
    const QueueUrl = lane.replace(/[^/]+$/, arn.split(':').at(-1) ?? '');
    for (let time = 0; time < 2; time += 1) {
      await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(failed) }));
      await ops('dlq', 'redrive', 'stream-failures'); // what other tests left there may stay
    }
    await untilStored(intake, appId, 1);
    expect(await storedIds(intake, appId)).toHaveLength(1);
  });
});

describe('a redrive of what project could not tell of', () => {
  const sample = JSON.parse(
    readFileSync('services/project/events/stream-of-attempts-and-an-endpoint.json', 'utf8'),
  ) as DynamoDBStreamEvent;
  const arnOfProject = (): string =>
    `arn:aws:lambda:us-east-1:000000000000:function:fanfare-${environmentUnderTest().stage}-project-stream`;

  /** Attempts of now, as the stream tells of them: one that failed and has no next one, and two that were answered. */
  const attemptsTo = ({ appId, endpointId }: Target): readonly DynamoDBRecord[] =>
    [false, true, true].map((succeeded, index) => {
      const [{ dynamodb, ...record } = {} as DynamoDBRecord] = sample.Records;
      const nowMs = Date.now();
      const ref = {
        orgId: tenant.orgId,
        appId,
        endpointId,
        messageId: mintId('msg', nowMs, randomBytes(RANDOM_BYTES)),
      };
      const { PK, SK } = attemptKey({ ...ref, attempt: 1, trigger: 'scheduled' });
      const Keys = { PK: { S: PK }, SK: { S: SK } };
      const told = { succeeded: { BOOL: succeeded }, attemptedAt: { N: String(nowMs) } };
      return {
        ...record,
        eventID: randomUUID().replaceAll('-', ''),
        dynamodb: {
          ...dynamodb,
          ...{ Keys, NewImage: { ...dynamodb?.NewImage, ...Keys, ...told } },
          ...{ SequenceNumber: `${nowMs}${index}`.padEnd(24, '0'), ApproximateCreationDateTime: nowMs / 1000 },
        },
      };
    });

  /** The last of them is given once all others were, so that nothing is under way when it is seen. */
  const expectCountedOnce = async ({ appId, endpointId }: Target): Promise<void> => {
    const stats = () => tenant.svix.endpoint.getStats(appId, endpointId);
    await eventually('all three attempts counted', async () => {
      const { success, fail } = await stats();
      return success >= 2 && fail >= 1 ? true : undefined;
    });
    await wait(3_000); // calls overtake each other, and one more would be seen by then
    await expect(stats()).resolves.toMatchObject({ success: 2, fail: 1 });
  };

  const give = async (store: string, bodies: readonly object[]): Promise<void> => {
    const QueueUrl =
      store === 'project-quarantine'
        ? await contractValue('queue/project-quarantine/url')
        : lane.replace(/[^/]+$/, (await contractValue('destination/stream-failures/arn')).split(':').at(-1) ?? '');
    for (const body of bodies)
      await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
    await ops('dlq', 'redrive', store); // what other tests left there may stay
  };

  test('has records that were put aside counted, each once, however often it is done', async () => {
    const target = await newEndpoint(tenant, await newApplication(tenant));
    const [failed, answered, last] = attemptsTo(target) as [DynamoDBRecord, DynamoDBRecord, DynamoDBRecord];
    await give('project-quarantine', [failed, answered, failed, answered]);
    await give('project-quarantine', [answered, failed]);
    await give('project-quarantine', [last]);
    await expectCountedOnce(target);
  });

  test('has a batch that was given up counted once, and a second time with a part of it', async () => {
    const target = await newEndpoint(tenant, await newApplication(tenant));
    const Records = attemptsTo(target);
    const nowIso = new Date().toISOString();
    const times = { approximateArrivalOfFirstRecord: nowIso, approximateArrivalOfLastRecord: nowIso };
    const givenUp = (records: readonly DynamoDBRecord[]) => ({
      ...{ version: '1.0', timestamp: nowIso, DDBStreamBatchInfo: { shardId: 'shardId-1', ...times } },
      requestContext: { functionArn: arnOfProject(), condition: 'RetryAttemptsExhausted' },
      payload: JSON.stringify({ Records: records }),
    });
    await give('stream-failures', [givenUp(Records.slice(0, 2)), givenUp(Records.slice(0, 1))]);
    await give('stream-failures', [givenUp(Records.slice(1))]);
    await expectCountedOnce(target);
  });
});
