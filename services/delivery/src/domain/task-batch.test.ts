import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { DeliverPorts } from './deliver.ts';
import { deliver } from './deliver.ts';
import { attempt, state, task } from './task.fake.ts';
import { taskBatch } from './task-batch.ts';

const POLICY = { delaysSeconds: [5] };
const FAILED = { kind: 'answered', status: 500, body: new Uint8Array() } as const;

/** A batch over a table in which `standing` is recorded, and what comes of it. */
const batchOver = (standing?: AttemptRecord) => {
  const sent: string[] = [];
  const scheduled: DeliveryTask[] = [];
  const ports: DeliverPorts = {
    openHeaders: async () => ({}),
    openSecrets: async () => [new Uint8Array(32)],
    send: async ({ url }) => {
      sent.push(url);
      return FAILED;
    },
    record: async (_task, record) => standing ?? record,
    scheduleRetry: async (retry) => void scheduled.push(retry),
    changeHealth: async () => 'changed',
    failingLimitMs: 432_000_000,
    keepUntilDue: async (retry) => void scheduled.push(retry),
    now: () => 1_800_000_000_500,
    random: () => 0.5,
    mintAttemptId: () => 'atmpt_new',
    mintCopyId: () => 'copy-of-the-retry',
  };
  const stateOf = () => state(standing === undefined ? {} : { standing });
  const deliverTask = taskBatch(Promise.resolve({ stateOf, policy: POLICY }), deliver);
  return { sent, scheduled, deliver: (given: DeliveryTask, more = {}) => deliverTask(given, { ...ports, ...more }) };
};

describe('tasks of one attempt in one batch', () => {
  test('make one request and schedule one retry', async () => {
    const { deliver, sent, scheduled } = batchOver();
    const copies = [task({ copyId: 'a' }), task({ copyId: 'b' }), task({ copyId: 'a' })];
    const handled = await Promise.all(copies.map((copy) => deliver(copy)));
    expect(handled.map(({ kind }) => kind)).toEqual(['attempted', 'dropped', 'dropped']);
    expect(sent).toHaveLength(1);
    expect(scheduled).toHaveLength(1);
  });

  test.each([
    ['behind', ['a', 'b']],
    ['before', ['b', 'a']],
    ['between', ['a', 'b', 'c']],
  ])('schedule the retry also when the copy that answers for it is %s another', async (_place, copyIds) => {
    const standing = attempt({ nextAttemptAt: 1_800_000_005_000, recordedBy: 'b' });
    const { deliver, sent, scheduled } = batchOver(standing);
    await Promise.all(copyIds.map((copyId) => deliver(task({ copyId }))));
    expect(sent).toEqual([]);
    expect(scheduled).toMatchObject([{ attempt: 2 }]);
  });

  test('come back together when the one that makes the attempt fails', async () => {
    const { deliver } = batchOver();
    const throttled = { record: () => Promise.reject(new Error('throttled')) };
    const ended = await Promise.allSettled([deliver(task({ copyId: 'a' }), throttled), deliver(task({ copyId: 'b' }))]);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

test('each task of a batch whose state could not be read comes back', async () => {
  const deliverTask = taskBatch(Promise.reject(new Error('throttled')), deliver);
  await expect(deliverTask(task(), {} as DeliverPorts)).rejects.toThrow('throttled');
});
