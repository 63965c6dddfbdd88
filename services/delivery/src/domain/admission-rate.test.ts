import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { admitAll } from './admission.ts';
import { fakeSlotTable } from './slot-table.fake.ts';
import { ACCEPTED_AT, endpoint, state, task } from './task.fake.ts';

const BATCH = 10;
/** A read, a write and a quick endpoint. */
const WORK_MS = 40;

/** Numbers in [0, 1) that are the same in each run. */
const pseudoRandom = (seed: number) => {
  let at = seed;
  return (): number => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return at / 2 ** 32;
  };
};

type Message = { readonly visibleAt: number; readonly task: DeliveryTask; readonly moves: number };

/**
 * Functions that take batches of one endpoint's tasks from a queue, each with a clock of its own. The queue delays by
 * whole seconds, and hands a message over up to 300 ms later than it promised.
 */
const run = async (rate: number, tasks: number, functions: number) => {
  const random = pseudoRandom(rate);
  const reserveSlots = fakeSlotTable();
  const where = state({ endpoint: endpoint({ throttleRate: rate }) });
  let queue: Message[] = Array.from({ length: tasks }, (_, n) => ({
    visibleAt: ACCEPTED_AT,
    task: task({ messageId: `msg_${n}` }),
    moves: 0,
  }));
  const workers = Array.from({ length: functions }, () => ({ freeAt: ACCEPTED_AT, skewMs: (random() - 0.5) * 40 }));
  const sentAt: number[] = [];
  let mostMoves = 0;
  while (queue.length > 0) {
    queue.sort((a, b) => a.visibleAt - b.visibleAt);
    workers.sort((a, b) => a.freeAt - b.freeAt);
    const worker = workers[0] as (typeof workers)[number];
    const at = Math.max(worker.freeAt, queue[0]?.visibleAt ?? 0);
    const batch = queue.filter(({ visibleAt }) => visibleAt <= at).slice(0, BATCH);
    queue = queue.filter((message) => !batch.includes(message));
    const ports = { reserveSlots, lane: 'webhook', now: () => at + worker.skewMs, random } as const;
    const admissions = await admitAll(
      batch.map((message) => ({ task: message.task, state: where })),
      ports,
    );
    let longest = 0;
    for (const [index, admission] of admissions.entries()) {
      const { moves = 0 } = batch[index] ?? {};
      if (admission.kind === 'attempt') {
        longest = Math.max(longest, admission.waitMs);
        sentAt.push(at + admission.waitMs);
        mostMoves = Math.max(mostMoves, moves);
      }
      if (admission.kind === 'postpone') {
        const visibleAt = at + admission.delaySeconds * 1000 + random() * 300;
        queue.push({ visibleAt, task: admission.task, moves: moves + 1 });
      }
    }
    worker.freeAt = at + longest + WORK_MS;
  }
  return { sentAt: sentAt.toSorted((a, b) => a - b), mostMoves };
};

const WINDOW_MS = 10_000;

describe.each([
  [1, 2],
  [10, 4],
  [100, 12],
  [500, 45],
])('at %d a second, over %d functions at the same time', (rate, functions) => {
  test('any ten seconds see ten times the rate, to a tenth, and each task moves once at the most', async () => {
    const { sentAt, mostMoves } = await run(rate, rate * 25, functions);
    expect(sentAt).toHaveLength(rate * 25);
    expect(mostMoves).toBeLessThanOrEqual(1);
    const [first = 0, last = 0] = [sentAt[0], sentAt.at(-1)];
    for (let from = first; from + WINDOW_MS <= last; from += 250) {
      const seen = sentAt.filter((at) => at >= from && at < from + WINDOW_MS).length;
      expect(Math.abs(seen - rate * 10)).toBeLessThanOrEqual(rate);
    }
  });
});
