import { setTimeout as sleep } from 'node:timers/promises';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { refusalAnswer } from '../../../../scripts/chaos/aws-refusal.ts';
import { partialBatch } from '../../../../scripts/chaos/partial-batch.ts';
import { type Exchange, startWire, type Wire } from '../../../../scripts/chaos/wire.ts';
import { clientOptions, environmentUnderTest } from '../../../../tests/environment-under-test.ts';
import type { LetterQueue } from '../domain/letter.ts';
import { moveLetters } from '../domain/move-letters.ts';
import type { FailureStore, RunState } from '../domain/run-state.ts';
import { failureQueue } from './failure-queue.ts';
import { letterQueueContract } from './letter-queue.contract.ts';

jest.setTimeout(60_000);
const own = new SQSClient(clientOptions());
const made: string[] = [];

const newQueue = async (suffix = ''): Promise<string> => {
  const QueueName = `redrive-${crypto.randomUUID().slice(0, 8)}${suffix}`;
  const Attributes = suffix.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const { QueueUrl = '' } = await own.send(new CreateQueueCommand({ QueueName, Attributes }));
  made.push(QueueUrl);
  return QueueUrl;
};

afterEach(async () => {
  for (const QueueUrl of made.splice(0)) await own.send(new DeleteQueueCommand({ QueueUrl }));
});

describe('queues of failed work on the emulator', () =>
  letterQueueContract(async () => ({
    ...failureQueue(own),
    standardUrl: await newQueue(),
    fifoUrl: await newQueue('.fifo'),
  })));

type DeadLetters = Extract<FailureStore, { kind: 'dead-letters' }>;
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `task ${String(index).padStart(2, '0')}`);

describe('a redrive over a wire', () => {
  let wire: Wire;
  let store: DeadLetters;
  let queue: LetterQueue;
  let credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };

  beforeAll(async () => {
    // The wire intercepts what is not of the emulator's own key, as functions' calls are not.
    const iam = new IAMClient(clientOptions());
    const UserName = `redrive-${crypto.randomUUID()}`;
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
    });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'queues', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  });

  beforeEach(async () => {
    wire = await startWire({ target: { port: environmentUnderTest().port } });
    const options = { ...clientOptions(), credentials, endpoint: wire.endpoint, useQueueUrlAsEndpoint: false };
    queue = failureQueue(new SQSClient(options));
    store = { kind: 'dead-letters', name: 'test', queueUrl: await newQueue('-dead'), sourceUrl: await newQueue() };
  });
  afterEach(() => wire.stop());

  const put = async (bodies: readonly string[]): Promise<void> => {
    for (const body of bodies) await failureQueue(own).send(store.queueUrl, [{ body, attributes: {} }]);
    await sleep(20);
  };

  /** Steps until the end, each taken again when it fails, as the state machine does. */
  const run = async () => {
    let state: RunState = { run: 'r', execution: 0, page: 0, store, ratePerSecond: 500 };
    for (let failures = 0; ; ) {
      try {
        const end = await moveLetters(state, store, { queue, now: Date.now });
        if (end.next === 'end') return { ...end.progress, failures };
        state = { ...state, progress: end.progress };
        if (end.next === 'wait') await sleep(1000 * end.waitSeconds);
      } catch (error) {
        failures += 1;
        if (failures > 3) throw error;
      }
    }
  };
  const bodiesIn = async (queueUrl: string) => {
    const bodies: string[] = [];
    for (;;) {
      const some = await failureQueue(own).receive(queueUrl, 10, 60);
      if (some.length === 0) return bodies.sort();
      bodies.push(...some.map(({ body }) => body));
    }
  };
  /** Does something with the first calls of an operation, and lets all others through. */
  const intercept = (
    operation: string,
    times: number,
    meddle: (exchange: Exchange) => Promise<void>,
  ): (() => number) => {
    let met = 0;
    wire.intercept(async (exchange) => {
      if (exchange.call.operation !== operation || met >= times) {
        await exchange.answer(await exchange.forward());
        return;
      }
      met += 1;
      await meddle(exchange);
    });
    return () => met;
  };

  test('on which SQS throttles every try of a call is taken up again, and moves each message', async () => {
    await put(numbered(12));
    const met = intercept('SendMessageBatch', 4, async (exchange) => {
      await exchange.answer(refusalAnswer(exchange.call, 'throttled'));
    });
    await expect(run()).resolves.toMatchObject({ failed: [], failures: 1 });
    expect(met()).toBe(4);
    expect(await bodiesIn(store.sourceUrl)).toEqual(numbered(12));
    expect(await bodiesIn(store.queueUrl)).toEqual([]);
  });

  test('on which SQS does a part of a batch sends the rest by the next step', async () => {
    await put(numbered(10));
    const met = intercept('SendMessageBatch', 1, async ({ call, forward, answer }) => {
      const part = partialBatch(call, 0.4);
      await answer(part?.amend(await forward(part.body)) ?? (await forward()));
    });
    await expect(run()).resolves.toMatchObject({ there: 10, done: 10, failed: [], failures: 0 });
    expect(met()).toBe(1);
    expect(await bodiesIn(store.sourceUrl)).toEqual(numbered(10));
  });

  test('that breaks after the messages were deleted moves each, and none is lost', async () => {
    await put(numbered(12));
    const met = intercept('DeleteMessageBatch', 1, async ({ forward, reset }) => {
      await forward();
      reset();
    });
    await expect(run()).resolves.toMatchObject({ failed: [] });
    expect(met()).toBe(1);
    expect([...new Set(await bodiesIn(store.sourceUrl))]).toEqual(numbered(12));
    expect(await bodiesIn(store.queueUrl)).toEqual([]);
  });
});
