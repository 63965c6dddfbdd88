import { setImmediate } from 'node:timers/promises';
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ParkedTask } from '@fanfare/events/parked-task';
import { mockClient } from 'aws-sdk-client-mock';
import { ACCEPTED_AT, task } from '../domain/task.fake.ts';
import { parkTable } from './park-table.ts';

const client = mockClient(DynamoDBDocumentClient);
const throttled = new ProvisionedThroughputExceededException({ message: 'Too many requests.', $metadata: {} });
const parkedTask = (n = 0): ParkedTask => {
  const { payload: _, ...given } = task({ messageId: `msg_${n}` });
  return { kind: 'parked', task: given, attributes: {}, parkedAt: ACCEPTED_AT, reason: 'breaker' };
};

const setUp = () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const waiting = { sleep, random: () => 0.5 };
  return { waits, park: parkTable(client as unknown as DynamoDBDocumentClient, 'table', waiting).saveParked };
};

beforeEach(() => void client.reset());

test('a task whose partition is busy is parked when that has room again', async () => {
  client.on(PutCommand).rejectsOnce(throttled).rejectsOnce(throttled).rejectsOnce(throttled).resolves({});
  const { park, waits } = setUp();
  await expect(park(parkedTask())).resolves.toBe('parked');
  expect(waits).toEqual([50, 100, 200]);
});

test('a task whose partition stays busy comes back with its queue', async () => {
  client.on(PutCommand).rejects(throttled);
  const { park, waits } = setUp();
  await expect(park(parkedTask())).rejects.toBe(throttled);
  expect(waits).toHaveLength(40);
});

test('what is no lack of room is not repeated', async () => {
  const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' });
  client.on(PutCommand).rejects(denied);
  await expect(setUp().park(parkedTask())).rejects.toBe(denied);
  expect(client.commandCalls(PutCommand)).toHaveLength(1);
});

/** Time that passes when everybody waits. */
const virtualTime = () => {
  let now = 0;
  let asleep: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => void asleep.push({ at: now + ms, wake })),
    pass: async (work: Promise<unknown>): Promise<void> => {
      let isDone = false;
      void work.finally(() => {
        isDone = true;
      });
      for (await setImmediate(); !isDone; await setImmediate()) {
        now = Math.min(...asleep.map(({ at }) => at));
        const due = asleep.filter(({ at }) => at <= now);
        asleep = asleep.filter(({ at }) => at > now);
        for (const { wake } of due) wake();
      }
      await work;
    },
  };
};

test('10,000 tasks of fifty functions are parked in ten seconds or a little more, at 1,000 writes a second', async () => {
  const time = virtualTime();
  let [room, at] = [1_000, 0];
  const send = async () => {
    await time.sleep(5);
    room = Math.min(1_000, room + time.now() - at);
    at = time.now();
    if (room < 1) throw throttled;
    room -= 1;
    return {};
  };
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const partition = { send } as unknown as DynamoDBDocumentClient;
  const { saveParked } = parkTable(partition, 'table', { sleep: time.sleep, random });
  let next = 0;
  let parked = 0;
  const place = async (): Promise<void> => {
    while (next < 10_000) {
      next += 1;
      if ((await saveParked(parkedTask(next))) === 'parked') parked += 1;
    }
  };
  await time.pass(Promise.all(Array.from({ length: 50 * 10 }, place)));
  expect(parked).toBe(10_000);
  expect(time.now()).toBeLessThan(15_000);
}, 30_000);
