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

/** Messages in the order in which they can be seen. */
const queueOf = (all: readonly Message[]) => {
  const waiting = [...all];
  return {
    nextAt: (): number | undefined => waiting[0]?.visibleAt,
    take: (at: number): Message[] => {
      const behind = waiting.slice(0, BATCH).findIndex(({ visibleAt }) => visibleAt > at);
      return waiting.splice(0, behind === -1 ? BATCH : behind);
    },
    put: (message: Message): void => {
      let [from, to] = [0, waiting.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if ((waiting[middle]?.visibleAt ?? 0) <= message.visibleAt) from = middle + 1;
        else to = middle;
      }
      waiting.splice(from, 0, message);
    },
  };
};

type Run = {
  readonly rate: number;
  readonly tasks: number;
  readonly functions: number;
  /** No function takes anything in this time: from, to. */
  readonly stop?: readonly [number, number];
  /** The lane is behind: messages are handed over so much later than they should be. */
  readonly lagMs?: number;
};

/**
 * Functions that take batches of one endpoint's tasks from a queue, each with a clock of its own. The queue delays by
 * whole seconds, and hands a message over up to 300 ms later than it promised.
 */
const run = async ({ rate, tasks, functions, stop = [0, 0], lagMs = 0 }: Run) => {
  const random = pseudoRandom(rate);
  const reserveSlots = fakeSlotTable();
  const where = state({ endpoint: endpoint({ throttleRate: rate }) });
  const queue = queueOf(
    Array.from({ length: tasks }, (_, n) => ({
      visibleAt: ACCEPTED_AT,
      task: task({ messageId: `msg_${n}` }),
      moves: 0,
    })),
  );
  const workers = Array.from({ length: functions }, () => ({ freeAt: ACCEPTED_AT, skewMs: (random() - 0.5) * 40 }));
  const sentAt: number[] = [];
  let mostMoves = 0;
  for (let next = queue.nextAt(); next !== undefined; next = queue.nextAt()) {
    workers.sort((a, b) => a.freeAt - b.freeAt);
    const worker = workers[0] as (typeof workers)[number];
    const ready = Math.max(worker.freeAt, next);
    const at = ready >= stop[0] && ready < stop[1] ? stop[1] : ready;
    const batch = queue.take(at);
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
        const visibleAt = at + admission.delaySeconds * 1000 + random() * 300 + lagMs;
        queue.put({ visibleAt, task: admission.task, moves: moves + 1 });
      }
    }
    worker.freeAt = at + longest + WORK_MS;
  }
  return { sentAt: sentAt.toSorted((a, b) => a - b), mostMoves };
};

const WINDOW_MS = 10_000;

/** How many were sent in each ten seconds that lie between two times. */
const inEachWindow = (sentAt: readonly number[], from: number, to: number): number[] => {
  const seen: number[] = [];
  let [first, end] = [0, 0];
  for (let start = from; start + WINDOW_MS <= to; start += 250) {
    while ((sentAt[first] ?? to) < start) first += 1;
    while (end < sentAt.length && (sentAt[end] ?? to) < start + WINDOW_MS) end += 1;
    seen.push(end - first);
  }
  return seen;
};

describe.each([
  [1, 2],
  [10, 4],
  [100, 12],
  [500, 45],
])('at %d a second, over %d functions at the same time', (rate, functions) => {
  test('any ten seconds see ten times the rate, to a tenth, and each task moves once at the most', async () => {
    const { sentAt, mostMoves } = await run({ rate, tasks: rate * 25, functions });
    expect(sentAt).toHaveLength(rate * 25);
    expect(mostMoves).toBeLessThanOrEqual(1);
    for (const seen of inEachWindow(sentAt, sentAt[0] ?? 0, sentAt.at(-1) ?? 0)) {
      expect(Math.abs(seen - rate * 10)).toBeLessThanOrEqual(rate);
    }
  });

  test('no ten seconds see more, also after a minute in which the lane stood still', async () => {
    const stop = [ACCEPTED_AT + 5_000, ACCEPTED_AT + 65_000] as const;
    const { sentAt, mostMoves } = await run({ rate, tasks: rate * 80, functions, stop });
    expect(sentAt).toHaveLength(rate * 80);
    expect(mostMoves).toBeLessThanOrEqual(2);
    const last = sentAt.at(-1) ?? 0;
    for (const seen of inEachWindow(sentAt, ACCEPTED_AT, last)) expect(seen).toBeLessThanOrEqual(rate * 11);
    for (const seen of inEachWindow(sentAt, stop[1] + 5_000, last)) expect(seen).toBeGreaterThanOrEqual(rate * 9);
  }, 60_000);

  test.each([
    [4_000, 2],
    [40_000, 3],
  ])(
    'a lane that is always %d ms behind sends all tasks too, each after %d moves at the most',
    async (lagMs, moves) => {
      const { sentAt, mostMoves } = await run({ rate, tasks: rate * 25, functions, lagMs });
      expect(sentAt).toHaveLength(rate * 25);
      expect(mostMoves).toBeLessThanOrEqual(moves);
      for (const seen of inEachWindow(sentAt, ACCEPTED_AT, sentAt.at(-1) ?? 0))
        expect(seen).toBeLessThanOrEqual(rate * 11);
    },
  );
});
