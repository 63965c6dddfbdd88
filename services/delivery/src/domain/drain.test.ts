import { RETENTION_SECONDS } from '@fanfare/events/retention';
import * as fc from 'fast-check';
import { drain } from './drain.ts';
import { Crashed, parkWorld } from './park-world.fake.ts';
import { DRAIN_HORIZON_MS } from './release-parked.ts';
import { ACCEPTED_AT, endpoint, task } from './task.fake.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `msg_${String(n).padStart(5, '0')}`);
const breaker = { openedAt: ACCEPTED_AT, until: ACCEPTED_AT + 30_000, probes: 0, reason: 'timed-out' };

/** Looks until nobody is to look any more. */
const lookUntilQuiet = async (world: ReturnType<typeof parkWorld>, most = 500): Promise<void> => {
  for (let looks = 0; await world.lookOnce(); looks += 1) {
    if (looks > most) throw new Error('it never comes to an end');
  }
};
const laneIds = ({ lane }: ReturnType<typeof parkWorld>) => lane.map(({ task: { messageId } }) => messageId);

describe('parking', () => {
  test('costs one write for each task, and three for the first', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(1), 'disabled');
    expect(world.writes()).toBe(3);
    await world.park(ids(100).slice(1), 'disabled');
    expect(world.writes()).toBe(102);
    expect(world.wakes()).toHaveLength(1);
  });

  test('of a batch announces one look, however many tasks it parks', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(10), 'disabled', endpoint({ disabled: true }));
    expect(world.writes()).toBe(12);
  });

  test('starts again where nobody has looked for long', async () => {
    const world = parkWorld();
    await world.set({ disabled: true, wakeAt: ACCEPTED_AT - 60 * 60_000 });
    await world.park(ids(1), 'disabled');
    expect((await world.store.readState(world.ref)).endpoint?.wakeAt).toBeGreaterThan(ACCEPTED_AT);
  });
});

describe('a look at parked tasks', () => {
  test('sends them on, the oldest first and as the copies that they are, and then looks once more', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(250), 'disabled');
    await world.set({ disabled: false });
    await world.wakeNow();
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual(ids(250));
    expect(new Set(world.lane.map(({ task: { copyId } }) => copyId))).toEqual(new Set([task().copyId]));
    expect((await world.store.readState(world.ref)).endpoint?.wakeAt).toBeUndefined();
    expect(world.drained.filter((kind) => kind === 'finished')).toHaveLength(2);
  });

  test('leaves a task that is back in the park before it is removed from there', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(2), 'disabled');
    await world.set({ disabled: false });
    await world.wakeNow();
    world.onceSent(() => world.park(ids(1), 'breaker'));
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual([...ids(2), ...ids(1)]);
  });

  test('finds a task that was parked by somebody who had read that it is looked at, and was slow', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(1), 'disabled');
    const { endpoint: before } = await world.store.readState(world.ref);
    await world.set({ disabled: false });
    await world.wakeNow();
    while ((await world.store.readState(world.ref)).endpoint?.wakeAt !== undefined) await world.lookOnce();
    await world.park(['msg_late'], 'disabled', before);
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual(['msg_00000', 'msg_late']);
  });

  test('finds in minutes what was parked by somebody who had read that it is disabled, and not that it was enabled', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    const { endpoint: disabled } = await world.store.readState(world.ref);
    await world.set({ disabled: false });
    await world.wakeNow();
    const enabledAt = world.now();
    while ((await world.store.readState(world.ref)).endpoint?.wakeAt !== undefined) await world.lookOnce();
    await world.park(['msg_late'], 'disabled', disabled);
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual(['msg_late']);
    expect((world.lane[0]?.sentAt ?? 0) - enabledAt).toBeLessThan(5 * 60_000);
  });

  test('keeps to the rate of the endpoint, with slots that other tasks do not get', async () => {
    const world = parkWorld();
    await world.set({ throttleRate: 1 });
    await world.park(ids(600), 'rate');
    await lookUntilQuiet(world);
    const slots = world.lane.map(({ task: { slotAt = 0 } }) => slotAt);
    expect(slots).toHaveLength(600);
    for (const [index, slot] of slots.entries()) {
      expect(slot - (slots[index - 1] ?? slot - 1_000)).toBe(1_000);
    }
    for (const {
      task: { slotAt = 0 },
      sentAt,
      at,
    } of world.lane) {
      expect(slotAt - sentAt).toBeLessThanOrEqual(DRAIN_HORIZON_MS + 100_000);
      expect(slotAt - at).toBeGreaterThanOrEqual(-50); // steps take time
      expect(slotAt - at).toBeLessThan(1_050);
    }
  });

  test('sends no faster than the usual rate where the endpoint has none', async () => {
    const world = parkWorld();
    await world.set({});
    await world.park(ids(1_000), 'paused');
    await lookUntilQuiet(world);
    const times = world.lane.map(({ at }) => at);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(18_000);
    expect(world.lane.every(({ task: { slotAt } }) => slotAt === undefined)).toBe(true);
  });

  test('waits while the breaker is open and then tries one, again after a while', async () => {
    const world = parkWorld();
    await world.set({ breaker, wakeAt: breaker.until });
    await world.park(ids(3), 'breaker');
    await world.store.takeWatch(world.ref, breaker.until, undefined);
    await world.park(ids(4).slice(3), 'breaker');
    await world.lookOnce();
    await world.lookOnce();
    expect(world.lane).toMatchObject([
      { task: { messageId: 'msg_00000', probe: true } },
      { task: { messageId: 'msg_00001', probe: true } },
    ]);
    expect((world.lane[1]?.sentAt ?? 0) - (world.lane[0]?.sentAt ?? 0)).toBeGreaterThanOrEqual(60_000);
  });

  test('closes a breaker for which nothing is left to try, so that the next task is', async () => {
    const world = parkWorld();
    await world.set({ breaker });
    await world.wakeNow();
    world.pass(31_000);
    await lookUntilQuiet(world);
    const { endpoint: after } = await world.store.readState(world.ref);
    expect(after?.breaker).toBeUndefined();
    expect(after?.wakeAt).toBeUndefined();
  });

  test('waits for the end of a pause', async () => {
    const world = parkWorld();
    await world.set({ pausedUntil: ACCEPTED_AT + 120_000 });
    await world.park(ids(2), 'paused');
    await lookUntilQuiet(world);
    expect(world.lane).toHaveLength(2);
    expect(world.lane[0]?.sentAt).toBeGreaterThanOrEqual(ACCEPTED_AT + 120_000);
  });

  test('of a disabled endpoint sends on what has expired, so that its end is recorded, and nothing else', async () => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(2), 'disabled');
    await world.lookOnce();
    expect(world.lane).toEqual([]);
    world.pass(RETENTION_SECONDS * 1000);
    await world.lookOnce();
    expect(laneIds(world)).toEqual(ids(2));
  });

  test.each([
    ['the endpoint', { deletedAt: '2026-01-01T00:00:00Z' }],
    ['a disabled endpoint', { disabled: true, deletedAt: '2026-01-01T00:00:00Z' }],
  ])('sends everything on when %s was deleted, so that each end is recorded', async (_title, fields) => {
    const world = parkWorld();
    await world.set({ disabled: true });
    await world.park(ids(30), 'disabled');
    await world.set(fields);
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual(ids(30));
  });

  test('leaves in the park what the lane did not take', async () => {
    const world = parkWorld();
    await world.set({});
    await world.park(ids(5), 'paused');
    const [first] = world.wakes();
    if (first === undefined) throw new Error('a look was announced');
    const takesTwo = {
      ...portsOf(world),
      send: async (all: readonly unknown[]) => new Set(all.slice(0, 2)),
    };
    const settings = { ratePerSecond: 50, stopAt: world.now() + 30_000 };
    await expect(drain(first.wake, settings, takesTwo as never)).resolves.toEqual({
      kind: 'release',
      released: 2,
      woken: 0,
    });
    await lookUntilQuiet(world);
    expect(laneIds(world)).toEqual(ids(5).slice(2));
  });

  test('that comes twice, or late, does nothing the second time', async () => {
    const world = parkWorld();
    await world.set({});
    await world.park(ids(3), 'paused');
    const [first] = world.wakes();
    if (first === undefined) throw new Error('a look was announced');
    const settings = { ratePerSecond: 50, stopAt: world.now() + 30_000 };
    await expect(drain(first.wake, settings, portsOf(world))).resolves.toMatchObject({ kind: 'release', released: 3 });
    await expect(drain(first.wake, settings, portsOf(world))).resolves.toMatchObject({
      kind: 'superseded',
      released: 0,
    });
    expect(laneIds(world)).toEqual(ids(3));
  });

  test('that is quicker than the write that it was announced for comes once more, and counts then', async () => {
    const world = parkWorld();
    await world.set({});
    await world.park(ids(3), 'paused');
    await world.set({ wakeAt: undefined }); // the write that says when is still on its way
    const [first] = world.wakes();
    if (first === undefined) throw new Error('a look was announced');
    const settings = { ratePerSecond: 50, stopAt: world.now() + 300_000 };
    await expect(drain(first.wake, settings, portsOf(world))).resolves.toMatchObject({
      kind: 'superseded',
      released: 0,
    });
    await world.set({ wakeAt: first.wake.wakeAt });
    const again = world.wakes().at(-1);
    if (again === undefined || again === first) throw new Error('it was not announced again');
    expect(again.wake.wakeAt - world.now()).toBeGreaterThan(60_000);
    await expect(drain(again.wake, settings, portsOf(world))).resolves.toMatchObject({ kind: 'release', released: 3 });
    await expect(drain(again.wake, settings, portsOf(world))).resolves.toMatchObject({
      kind: 'superseded',
      released: 0,
    });
    expect(laneIds(world)).toEqual(ids(3));
  });

  test('that nobody has meant comes once more, and then not again', async () => {
    const world = parkWorld();
    await world.set({});
    const wake = { v: 1, ...world.ref, wakeAt: world.now() } as const;
    const settings = { ratePerSecond: 50, stopAt: world.now() + 300_000 };
    await drain(wake, settings, portsOf(world));
    const [again, ...more] = world.wakes();
    if (again === undefined) throw new Error('it was not announced again');
    await drain(again.wake, settings, portsOf(world));
    expect([more.length, world.wakes().length]).toEqual([0, 1]);
  });
});

/** The ports of a world, each write whole. */
const portsOf = (world: ReturnType<typeof parkWorld>): Parameters<typeof drain>[2] => ({
  ...world.store,
  sendWake: async (wake) => void world.wakes().push({ wake, at: wake.wakeAt }),
  send: async (released) => {
    for (const one of released) world.lane.push({ task: one.task, at: 0, sentAt: 0 });
    return new Set(released);
  },
  readCursors: async () => ({ cursors: [...world.cursors.values()] }),
  announce: async (look) => void world.looks.push(look),
  reserveSlots: async (_owner, { count, nowMs }) => ({ kind: 'reserved', slots: Array(count).fill(nowMs) }),
  now: world.now,
});

/** Numbers in [0, 1) that are the same for the same seed. */
const pseudoRandom = (seed: number) => {
  let at = seed;
  return (): number => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return at / 2 ** 32;
  };
};

describe('whatever dies in between any two steps', () => {
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('park' as const), count: fc.integer({ min: 1, max: 12 }), stale: fc.boolean() }),
    fc.record({ kind: fc.constant('look' as const) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 200_000 }) }),
    fc.record({ kind: fc.constant('set' as const), disabled: fc.boolean(), rated: fc.boolean(), broken: fc.boolean() }),
  );

  test('no parked task is lost, and looking comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 25 }), fc.nat(), async (story, luck) => {
        const world = parkWorld(pseudoRandom(luck));
        await world.set({ disabled: true });
        const parked = new Set<string>();
        let read = (await world.store.readState(world.ref)).endpoint;
        let number = 0;
        world.crashWith(0.1);
        for (const what of story) {
          if (what.kind === 'pass') world.pass(what.ms);
          if (what.kind === 'look') await world.lookOnce();
          if (what.kind === 'set') {
            const open = { openedAt: world.now(), until: world.now() + 20_000, probes: 0, reason: 'x' };
            const {
              breaker: _,
              throttleRate: __,
              ...standing
            } = (await world.store.readState(world.ref)).endpoint ?? endpoint();
            const changed = {
              ...standing,
              disabled: what.disabled,
              ...(what.rated && { throttleRate: 3 }),
              ...(what.broken && { breaker: open }),
            };
            await world.store.putEndpoint(world.ref, changed);
          }
          if (what.kind === 'park') {
            // A batch that was read before, at most as long ago as a function runs.
            const { endpoint: fresh } = await world.store.readState(world.ref);
            const before = what.stale ? read : fresh;
            for (const id of Array.from({ length: what.count }, () => `msg_${number++}`)) {
              // The task comes back until it is parked.
              for (let turn = 0; !parked.has(id); turn += 1) {
                const given = turn === 0 ? before : (await world.store.readState(world.ref)).endpoint;
                await world.park([id], 'disabled', given).then(() => parked.add(id), ignoreCrash);
              }
            }
          }
          if (what.kind !== 'pass' || what.ms > 20_000) read = (await world.store.readState(world.ref)).endpoint;
        }
        world.crashWith(0);
        const { breaker: _, ...standing } = (await world.store.readState(world.ref)).endpoint ?? endpoint();
        await world.store.putEndpoint(world.ref, { ...standing, disabled: false });
        await lookUntilQuiet(world, 3_000);
        expect(world.store.parked.size).toBe(0);
        expect(new Set(laneIds(world))).toEqual(parked);
      }),
      { numRuns: 200 },
    );
  });
});

const ignoreCrash = (error: unknown): void => {
  if (!(error instanceof Crashed)) throw error;
};

test('a task is the same in the park as before it, but for its body', async () => {
  const world = parkWorld();
  await world.set({ disabled: true });
  await world.park(['msg_1'], 'disabled');
  const { payload: _, ...rest } = task({ messageId: 'msg_1' });
  await expect(world.store.oldest(world.ref, 1)).resolves.toMatchObject([
    { task: rest, attributes: { correlation_id: 'c' } },
  ]);
});
