import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  type Message,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { clientOptions } from '../../tests/environment-under-test.ts';
import { peek } from './peek.ts';
import { depthOf, type Queue } from './queues.ts';
import { receive, redrive, remove } from './redrive.ts';

jest.setTimeout(60_000);
const sqs = new SQSClient(clientOptions());
let from: Queue;
let to: Queue;

const newQueue = async (name: string, attributes: Record<string, string> = {}): Promise<Queue> => {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return { name, url: QueueUrl };
};

beforeEach(async () => {
  const name = `redrive-${crypto.randomUUID().slice(0, 8)}`;
  from = await newQueue(`${name}-dead-letters`);
  to = await newQueue(name);
});

afterEach(async () => {
  for (const { url } of [from, to]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
});

/** Sends bodies, in the past of whatever the test does next. */
const put = async (bodies: readonly string[]): Promise<void> => {
  for (const MessageBody of bodies) {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: from.url,
        MessageBody,
        MessageGroupId: 'app_7',
        MessageAttributes: { correlation_id: { DataType: 'String', StringValue: `of ${MessageBody}` } },
      }),
    );
  }
  await sleep(20);
};

const contents = async (queue: Queue): Promise<readonly Message[]> => peek(sqs, queue.url, 100);
const bodies = async (queue: Queue): Promise<readonly (string | undefined)[]> =>
  (await contents(queue)).map(({ Body }) => Body).sort();
const run = (client = sqs, ratePerSecond = 500, signal = new AbortController().signal) =>
  redrive(client, { from, to, ratePerSecond, signal, onProgress: () => undefined, visibilitySeconds: 1 });
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `task ${String(index).padStart(2, '0')}`);

/** A client whose process ends, so to speak, the moment it would make this call for the n-th time. */
const dyingAt = (call: string, time: number): SQSClient => {
  const client = new SQSClient({ ...clientOptions(), maxAttempts: 1 });
  let calls = 0;
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    if (commandName === `${call}Command`) calls += 1;
    if (commandName === `${call}Command` && calls >= time) throw new Error('the process ended');
    return next(args);
  });
  return client;
};

describe('a redrive', () => {
  test('moves every message with its body, group and attributes', async () => {
    await put(numbered(23));
    await expect(run()).resolves.toEqual({
      there: 23,
      moved: 23,
      failed: [],
      notDeleted: 0,
      newer: 0,
      interrupted: false,
    });
    expect(await depthOf(sqs, from)).toBe(0);
    expect(await bodies(to)).toEqual(numbered(23));
    for (const { Body, Attributes, MessageAttributes } of await contents(to)) {
      expect(Attributes?.MessageGroupId).toBe('app_7');
      expect(MessageAttributes?.correlation_id?.StringValue).toBe(`of ${Body}`);
    }
  });

  test('of an empty queue, or a second time, moves nothing', async () => {
    await put(['one']);
    await run();
    await expect(run()).resolves.toMatchObject({ there: 0, moved: 0 });
    expect(await bodies(to)).toEqual(['one']);
  });

  test('keeps to its rate', async () => {
    await put(numbered(15));
    const startedAt = performance.now();
    await run(sqs, 10);
    expect(performance.now() - startedAt).toBeGreaterThan(1400);
  });

  test.each([
    ['before anything was sent', 'SendMessageBatch', 1],
    ['between sending and deleting', 'DeleteMessageBatch', 1],
    ['in the middle of the second batch', 'DeleteMessageBatch', 2],
  ])('that ends %s loses nothing, and the next one finishes', async (_when, call, time) => {
    await put(numbered(13));
    await expect(run(dyingAt(call, time))).rejects.toThrow('the process ended');
    await sleep(1_100); // what it had received shows again
    const { there, moved } = await run();
    expect(moved).toBe(there);
    expect(await depthOf(sqs, from)).toBe(0);
    expect([...new Set(await bodies(to))]).toEqual(numbered(13));
  });

  test('stops between two batches when it is interrupted, and says how far it came', async () => {
    await put(numbered(25));
    const controller = new AbortController();
    const report = await redrive(sqs, {
      from,
      to,
      ratePerSecond: 500,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(report).toMatchObject({ there: 25, moved: 10, interrupted: true });
    expect(await bodies(from)).toHaveLength(15);
    await expect(run()).resolves.toMatchObject({ there: 15, moved: 15 });
    expect(await bodies(to)).toEqual(numbered(25));
  });

  test('leaves what comes while it runs, so that what fails again is moved once', async () => {
    await put(numbered(12));
    let sent = false;
    const report = await redrive(sqs, {
      from,
      to,
      ratePerSecond: 500,
      signal: new AbortController().signal,
      onProgress: () => {
        if (sent) return;
        sent = true;
        void sqs.send(new SendMessageCommand({ QueueUrl: from.url, MessageBody: 'came back' }));
      },
    });
    expect(report.moved).toBe(12);
    expect(await bodies(to)).toEqual(numbered(12));
    expect(await bodies(from)).toEqual(['came back']);
  });

  test('leaves what the lane refuses, says why and goes on', async () => {
    await put(['good', 'bad']);
    const refusing = new SQSClient(clientOptions());
    refusing.middlewareStack.add((next, { commandName }) => async (args) => {
      if (commandName !== 'SendMessageBatchCommand') return next(args);
      const { Entries = [] } = args.input as { Entries?: { Id: string; MessageBody: string }[] };
      const bad = Entries.filter(({ MessageBody }) => MessageBody === 'bad');
      const good = Entries.filter(({ MessageBody }) => MessageBody !== 'bad');
      const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: to.url, Entries: good }));
      const Failed = bad.map(({ Id }) => ({ Id, Code: 'InvalidMessageContents', SenderFault: true }));
      return { response: {}, output: { ...answer, Failed } };
    });
    const report = await run(refusing);
    expect(report).toMatchObject({ moved: 1, failed: [{ reason: 'InvalidMessageContents' }] });
    expect(await bodies(from)).toEqual(['bad']);
    expect(await bodies(to)).toEqual(['good']);
  });
});

describe('a redrive of a FIFO queue', () => {
  let fifoFrom: Queue;
  let fifoTo: Queue;

  beforeEach(async () => {
    const name = `redrive-${crypto.randomUUID().slice(0, 8)}`;
    fifoFrom = await newQueue(`${name}-dead-letters.fifo`, { FifoQueue: 'true' });
    fifoTo = await newQueue(`${name}.fifo`, { FifoQueue: 'true' });
  });

  afterEach(async () => {
    for (const { url } of [fifoFrom, fifoTo]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  });

  const wake = (group: string, number: number) => ({
    MessageBody: JSON.stringify({ v: 2, appId: 'app_7', endpointId: group, orderingKey: 'a', number }),
    MessageGroupId: `${group}#a`,
    MessageDeduplicationId: `${group}#a#${number}`,
  });
  const send = async (queue: Queue, entry: ReturnType<typeof wake>): Promise<void> =>
    void (await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, ...entry })));
  const drained = async (queue: Queue): Promise<Message[]> => {
    const all: Message[] = [];
    for (;;) {
      const some = await receive(sqs, queue, 10, 30);
      if (some.length === 0) return all;
      await remove(sqs, queue, some);
      all.push(...some);
    }
  };
  const again = (ratePerSecond = 500) =>
    redrive(sqs, {
      ...{ from: fifoFrom, to: fifoTo, ratePerSecond, visibilitySeconds: 1 },
      ...{ signal: new AbortController().signal, onProgress: () => undefined },
    });

  test('moves every message, in its group and in the order of its group', async () => {
    for (let number = 1; number <= 8; number += 1) {
      for (const group of ['ep_1', 'ep_2', 'ep_3']) await send(fifoFrom, wake(group, number));
    }
    await sleep(20);
    await expect(again()).resolves.toMatchObject({ there: 24, moved: 24, failed: [], newer: 0 });
    expect(await depthOf(sqs, fifoFrom)).toBe(0);
    const moved = await drained(fifoTo);
    for (const group of ['ep_1', 'ep_2', 'ep_3']) {
      const own = moved.filter(({ Attributes }) => Attributes?.MessageGroupId === `${group}#a`);
      expect(own.map(({ Body = '' }) => JSON.parse(Body).number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  test('moves what the queue has had minutes ago: it is told apart from what it was then', async () => {
    await send(fifoTo, wake('ep_1', 1));
    expect(await drained(fifoTo)).toHaveLength(1);
    await send(fifoTo, wake('ep_1', 1));
    expect(await drained(fifoTo)).toEqual([]); // the same one within five minutes is dropped
    await send(fifoFrom, wake('ep_1', 1));
    await sleep(20);
    await expect(again()).resolves.toMatchObject({ moved: 1 });
    const [moved] = await drained(fifoTo);
    expect(moved?.Body).toBe(wake('ep_1', 1).MessageBody);
    expect(moved?.Attributes?.MessageDeduplicationId).not.toBe('ep_1#a#1');
  });

  test('that ends between sending and deleting leaves one in the queue when it is done again', async () => {
    await send(fifoFrom, wake('ep_1', 1));
    await sleep(20);
    const dying = dyingAt('DeleteMessageBatch', 1);
    const options = { from: fifoFrom, to: fifoTo, ratePerSecond: 500, visibilitySeconds: 1 };
    const signal = new AbortController().signal;
    await expect(redrive(dying, { ...options, signal, onProgress: () => undefined })).rejects.toThrow('ended');
    await sleep(1_100); // what it had received shows again
    await expect(again()).resolves.toMatchObject({ moved: 1 });
    expect(await drained(fifoTo)).toHaveLength(1);
  });
});

describe('a look at a queue', () => {
  test('leaves its messages there for the next one to see', async () => {
    await put(numbered(12));
    expect(await bodies(from)).toEqual(numbered(12));
    expect(await bodies(from)).toEqual(numbered(12));
  });

  test('sees as many as were asked for', async () => {
    await put(numbered(5));
    expect(await peek(sqs, from.url, 3)).toHaveLength(3);
  });
});
