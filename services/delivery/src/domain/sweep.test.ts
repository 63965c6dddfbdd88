import { DUE_BUCKET_MS, DUE_SHARDS, dueBucket } from '@fanfare/core/due-time';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { DueItem } from '@fanfare/events/due-item';
import fc from 'fast-check';
import { fakeDueStore } from '../adapters/due-store.fake.ts';
import { dueTaskOf } from './due-task.ts';
import { LOOK_AHEAD_MS, type SweepPorts, sweep } from './sweep.ts';
import { task } from './task.fake.ts';

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const LOOK_BACK = 60 * MINUTE;

class Crashed extends Error {}

/** A store, a lane and a clock. What is sent is noted with the time at which it would be visible. */
const world = () => {
  let now = START;
  const clock = (): number => now;
  const store = fakeDueStore(clock);
  const sent: { readonly id: string; readonly at: number }[] = [];
  const ports: SweepPorts = {
    ...store,
    now: clock,
    send: async (items) => {
      for (const { dueAt, ...one } of items) sent.push({ id: messageOf(one), at: Math.max(now, dueAt) });
      return new Set(items);
    },
  };
  const run = (overrides: Partial<SweepPorts> = {}, stopAt = Number.POSITIVE_INFINITY) =>
    sweep({ ...ports, ...overrides }, { stopAt, lookBackMs: LOOK_BACK });
  return {
    store,
    sent,
    ports,
    run,
    now: clock,
    pass: (ms: number): void => {
      now += ms;
    },
    keep: (id: string, dueAt: number) => store.keepUntilDue(item(id, dueAt)),
    cursors: () => Promise.all(DUE_SHARDS.map((shard) => store.readCursor(shard))),
  };
};

const messageOf = (one: object): string => ('task' in one ? (one.task as DeliveryTask).messageId : '');
const item = (id: string, dueAt: number): DueItem => dueTaskOf(task({ messageId: id }), dueAt, { lane: 'webhook' });
const ids = (sent: readonly { readonly id: string }[]): readonly string[] => sent.map(({ id }) => id).toSorted();
const some = (count: number): string[] => Array.from({ length: count }, (_, n) => `msg-${n}`);

describe('a sweep', () => {
  test('sends what is due within its look-ahead, and leaves what is due later', async () => {
    const { keep, run, sent, store } = world();
    await keep('now', START);
    await keep('soon', START + LOOK_AHEAD_MS);
    await keep('later', START + LOOK_AHEAD_MS + 1);
    await expect(run()).resolves.toMatchObject({ sent: 2, left: 0, isFinished: true });
    expect(ids(sent)).toEqual(['now', 'soon']);
    expect(store.size()).toBe(1);
  });

  test('sends again what was sent and not deleted, and loses nothing, when it dies in between', async () => {
    const { keep, run, sent, store } = world();
    for (const id of some(25)) await keep(id, START);
    const die = async () => {
      throw new Crashed();
    };
    await expect(run({ remove: die })).rejects.toThrow(Crashed);
    expect(store.size()).toBe(25);
    await run();
    expect(new Set(ids(sent)).size).toBe(25);
    expect(store.size()).toBe(0);
  });

  test('deletes nothing that its queue did not take, and says so', async () => {
    const { keep, run, store } = world();
    for (const id of some(80)) await keep(id, START);
    const takeHalf: SweepPorts['send'] = async (items) => new Set(items.filter((_, index) => index % 2 === 0));
    const swept = await run({ send: takeHalf });
    expect(swept.left).toBeGreaterThan(30);
    expect(swept.sent + swept.left).toBe(80);
    expect(swept.examples).toHaveLength(10);
    expect(store.size()).toBe(swept.left);
    await expect(run()).resolves.toMatchObject({ sent: swept.left, left: 0 });
  });

  test('that cannot reach the queue of one batch sends the others, and fails', async () => {
    const { keep, run, sent, ports, store } = world();
    for (const id of some(200)) await keep(id, START);
    let calls = 0;
    const failOnce: SweepPorts['send'] = async (items) => {
      calls += 1;
      if (calls === 1) throw new Crashed();
      return ports.send(items);
    };
    await expect(run({ send: failOnce })).rejects.toThrow(Crashed);
    expect(store.size()).toBe(200 - sent.length);
    await run();
    expect(new Set(ids(sent)).size).toBe(200);
  });

  test('beside another one sends some twice at most and loses nothing', async () => {
    const { keep, run, sent, store } = world();
    for (const id of some(500)) await keep(id, START);
    await Promise.all([run(), run()]);
    expect(new Set(ids(sent)).size).toBe(500);
    expect(store.size()).toBe(0);
  });

  test('ends at its time, and the next one goes on where it was', async () => {
    const { keep, run, sent, store, ports, pass, now } = world();
    for (const id of some(2_000)) await keep(id, START);
    const slow: SweepPorts['send'] = async (items) => {
      pass(10);
      return ports.send(items);
    };
    const first = await run({ send: slow }, now() + 500);
    expect(first.isFinished).toBe(false);
    expect(first.sent).toBeLessThan(2_000);
    expect(first.sent).toBeGreaterThan(0);
    await run();
    expect(ids(sent)).toHaveLength(2_000);
    expect(store.size()).toBe(0);
  });

  test('holds a page of each shard in memory, whatever a bucket holds', async () => {
    const { keep, run, ports } = world();
    for (const id of some(5_000)) await keep(id, START);
    let most = 0;
    await run({
      readPage: async (...given) => {
        const page = await ports.readPage(...given);
        most = Math.max(most, page.entries.length);
        return page;
      },
    });
    expect(most).toBeLessThanOrEqual(200);
  });

  test('tells by how much the oldest item was late', async () => {
    const { keep, run, pass } = world();
    await keep('msg', START + MINUTE);
    pass(4 * MINUTE);
    await expect(run()).resolves.toMatchObject({ overdueMs: 3 * MINUTE });
    await expect(run()).resolves.toMatchObject({ overdueMs: 0 });
  });

  test('leaves what it cannot read where it is, sends its neighbours and never leaves its bucket behind', async () => {
    const { store, keep, run, pass, cursors } = world();
    await store.put({ PK: `DUE#${dueBucket(START)}#2`, SK: `${START}#strange`, kind: 'due', what: 'strange' });
    await keep('msg', START);
    await expect(run()).resolves.toMatchObject({ sent: 1, left: 1, examples: [{ SK: `${START}#strange` }] });
    pass(60 * MINUTE);
    await run();
    expect(store.size()).toBe(1);
    expect((await cursors())[2]).toBe(dueBucket(START));
    expect((await cursors())[1]).toBeGreaterThan(dueBucket(START));
  });
});

describe('the cursor of a sweep', () => {
  test('passes buckets that are empty and more than five minutes old, and no others', async () => {
    const { run, cursors } = world();
    await run();
    const ended = dueBucket(START - 5 * MINUTE - DUE_BUCKET_MS) + 1;
    expect(await cursors()).toEqual(DUE_SHARDS.map(() => ended));
  });

  test('does not pass a bucket that was written into while it was being read and has closed meanwhile', async () => {
    const { keep, run, pass, ports, sent } = world();
    pass(DUE_BUCKET_MS + MINUTE);
    let isWritten = false;
    const readSlowly: SweepPorts['readPage'] = async (shard, bucket, ...more) => {
      const page = await ports.readPage(shard, bucket, ...more);
      if (bucket !== dueBucket(START) || isWritten) return page;
      isWritten = true;
      for (const id of some(40)) await keep(id, START);
      pass(10 * MINUTE);
      return page;
    };
    await run({ readPage: readSlowly });
    await run();
    expect(new Set(ids(sent)).size).toBe(40);
  });

  test('passes a bucket that it has emptied in the next run only, which sees that it is empty', async () => {
    const { keep, run, pass, cursors } = world();
    await run();
    await keep('msg', START + MINUTE);
    pass(30 * MINUTE);
    await run();
    const bucket = dueBucket(START + MINUTE);
    const behind = (await cursors()).filter((cursor) => cursor === bucket);
    expect(behind).toHaveLength(1);
    await run();
    expect(Math.min(...(await cursors()).map(Number))).toBeGreaterThan(bucket);
  });

  test('never passes anything: whoever writes late, dies or runs beside it, all that is kept is sent, and in time', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({
              kind: fc.constant('keep' as const),
              inMs: fc.integer({ min: -30 * MINUTE, max: 40 * MINUTE }),
            }),
            fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 12 * MINUTE }) }),
            fc.record({ kind: fc.constant('sweep' as const), dies: fc.boolean(), beside: fc.boolean() }),
            // Decided on by a clock that is behind, and written when the sweep has gone on meanwhile.
            fc.record({ kind: fc.constant('write late' as const), lateMs: fc.integer({ min: 0, max: 170_000 }) }),
          ),
          { maxLength: 60 },
        ),
        async (moves) => {
          const { store, run, pass, now, sent } = world();
          const expected = new Map<string, number>();
          const writes: Promise<unknown>[] = [];
          let made = 0;
          await run();
          for (const move of moves) {
            const id = `msg-${made++}`;
            if (move.kind === 'pass') pass(move.ms);
            if (move.kind === 'keep') {
              expected.set(id, now() + move.inMs);
              await store.keepUntilDue(item(id, now() + move.inMs));
            }
            if (move.kind === 'write late') {
              const dueAt = now() + 1;
              expected.set(id, dueAt);
              const behind = fakeClockWriter(store, now());
              pass(move.lateMs);
              await run();
              writes.push(behind(item(id, dueAt)));
              await Promise.all(writes);
            }
            if (move.kind === 'sweep') {
              const die = { remove: async () => Promise.reject(new Crashed()) };
              await Promise.allSettled([run(move.dies ? die : {}), ...(move.beside ? [run()] : [])]);
            }
          }
          pass(60 * MINUTE);
          await run();
          expect(new Set(ids(sent))).toEqual(new Set(expected.keys()));
          expect(store.size()).toBe(0);
          for (const { id, at } of sent) expect(at).toBeGreaterThanOrEqual(expected.get(id) ?? Number.NaN);
        },
      ),
      { numRuns: 300 },
    ));
});

/** A writer that took its time before, and writes now. */
const fakeClockWriter = (store: ReturnType<typeof fakeDueStore>, thenMs: number) => {
  const { keepUntilDue, ...frozen } = fakeDueStore(() => thenMs);
  return async (given: DueItem): Promise<void> => {
    await keepUntilDue(given);
    for (const shard of DUE_SHARDS) {
      for (const offset of [-1, 0, 1]) {
        const page = await frozen.readPage(shard, dueBucket(given.dueAt) + offset, Number.MAX_SAFE_INTEGER);
        for (const { key, item: kept } of page.entries) await store.put({ ...key, ...kept });
      }
    }
  };
};

describe('a message that is due', () => {
  const dueMessage = (dueAt: number) =>
    ({ kind: 'due', what: 'message', dueAt, orgId: 'org_1', appId: 'app_1', messageId: 'msg-later' }) as const;

  test('is taken away when its time has come, which is what fan-out waits for, and not before', async () => {
    const { store, run, pass, sent } = world();
    await store.keepUntilDue(dueMessage(START + 60_000));
    await expect(run()).resolves.toMatchObject({ sent: 0, left: 0, isFinished: true });
    expect(store.size()).toBe(1);
    pass(60_000);
    await expect(run()).resolves.toMatchObject({ sent: 1, left: 0 });
    expect(store.size()).toBe(0);
    expect(sent).toEqual([]);
  });

  test('keeps the cursor from leaving its bucket behind', async () => {
    const { store, run, pass, cursors } = world();
    const dueAt = (dueBucket(START) + 1) * DUE_BUCKET_MS;
    await store.keepUntilDue(dueMessage(dueAt));
    pass(dueAt - START - 1_000);
    await run();
    expect(Math.max(...(await cursors()).map((bucket) => bucket ?? 0))).toBeLessThanOrEqual(dueBucket(dueAt));
    pass(1_000);
    await expect(run()).resolves.toMatchObject({ sent: 1 });
  });
});
