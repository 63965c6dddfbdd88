import fc from 'fast-check';
import type { AttemptOutcome } from '../next-step.ts';
import { ACCEPTED_AT } from '../task.fake.ts';
import { entry, messageId } from './log.fake.ts';
import { CURSOR_REF, FAILED, OK, ORDERED_SINCE, orderedWorld } from './ordered-world.fake.ts';

const GONE: AttemptOutcome = { kind: 'answered', status: 410, body: new Uint8Array() };
const SECONDS = 1_000;
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const names = (from: number, to: number): string[] => numbers(from, to).map(messageId);

/** A world with these messages in its log. */
const worldOf = async (messages: number, answer: Parameters<typeof orderedWorld>[0] = () => OK) => {
  const world = orderedWorld(answer);
  await world.setUp();
  await world.postNumbers(1, messages);
  return { ...world, sent: () => world.requests.map((request) => request.messageId) };
};
/** Handles wake-ups until none is left. */
const settle = async (world: { readonly lookOnce: () => Promise<boolean> }, most = 2_000): Promise<void> => {
  for (let turns = 0; await world.lookOnce(); turns += 1) {
    if (turns > most) throw new Error('it does not come to rest');
  }
};

describe('a log', () => {
  test('is sent from its first message to its last, each once', async () => {
    const world = await worldOf(12);
    await expect(world.look({ number: 1 })).resolves.toMatchObject({ kind: 'finished', done: { attempted: 12 } });
    expect(world.sent()).toEqual(names(1, 12));
    await expect(world.cursor()).resolves.toMatchObject({ next: 13, attempt: 1 });
    expect((await world.cursor())?.leaseId).toBeUndefined();
    expect(world.queue()).toEqual([]);
  });

  test('has nothing to do for a wake-up of a number that was passed', async () => {
    const world = await worldOf(3);
    await world.look({ number: 3 });
    await expect(world.look({ number: 2 })).resolves.toMatchObject({ kind: 'passed' });
    expect(world.sent()).toEqual(names(1, 3));
  });

  test('passes what its endpoint did not ask for, and what is from before it was made', async () => {
    const world = await worldOf(0);
    await world.set({ sinceVersion: 2, eventTypes: ['invoice.paid'] });
    await world.post(entry(1, { appVersion: 1 }), entry(2, { eventType: 'invoice.sent' }), entry(3));
    await world.look({ number: 3 });
    expect(world.sent()).toEqual([messageId(3)]);
  });

  test('is read with the endpoint as the message knew it: what it has asked for since is not passed', async () => {
    const world = await worldOf(1);
    await world.set({ eventTypes: ['invoice.paid'] });
    const { store } = world;
    await world.post(entry(2, { eventType: 'invoice.sent', appVersion: 4 }));
    // Changed after the log is read: the message was accepted under the version of the change.
    const { readState } = store;
    let reads = 0;
    Object.assign(store, {
      readState: async (...given: Parameters<typeof readState>) => {
        reads += 1;
        if (reads === 2) {
          await world.set({ eventTypes: ['invoice.paid', 'invoice.sent'] });
          await store.putVersion(given[0], { kind: 'application-version', version: 4 });
        }
        return readState(...given);
      },
    });
    await world.look({ number: 2 });
    expect(world.sent()).toEqual(names(1, 2));
  });

  test('that has more than there is time for is handed on', async () => {
    const world = await worldOf(40, () => {
      world.pass(3 * SECONDS);
      return OK;
    });
    world.wake(40);
    await settle(world);
    expect(world.sent()).toEqual(names(1, 40));
    expect(world.looked.slice(0, -1)).toEqual(Array(world.looked.length - 1).fill('handed-on'));
    expect(world.looked.length).toBeGreaterThan(3);
  });
});

describe('a message that fails', () => {
  const failingOnce = (id: string) => {
    let failed = false;
    return (_: number, of: string): AttemptOutcome => {
      if (of !== id || failed) return OK;
      failed = true;
      return FAILED;
    };
  };

  test('holds up those behind it until it is delivered', async () => {
    const world = await worldOf(4, failingOnce(messageId(2)));
    await expect(world.look({ number: 4 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'retry' } });
    expect(world.sent()).toEqual(names(1, 2));
    const { nextAttemptAt } = world.attempts.get(`${messageId(2)} 1`) ?? {};
    await expect(world.cursor()).resolves.toMatchObject({
      next: 2,
      attempt: 2,
      blockedUntil: nextAttemptAt,
      blockedBy: 'retry',
    });
    await expect(world.look({ number: 4 })).resolves.toMatchObject({ kind: 'held' });
    await settle(world);
    expect(world.sent()).toEqual([...names(1, 2), ...names(2, 4)]);
    expect(world.requests[2]?.at).toBeGreaterThanOrEqual(nextAttemptAt ?? Number.POSITIVE_INFINITY);
  });

  test('is tried at its time by the look that was announced for it, though the clock there is late', async () => {
    const world = await worldOf(1, failingOnce(messageId(1)));
    await world.look({ number: 1 });
    const [look] = world.queue();
    await expect(world.look({ number: 1, wakeAt: look?.wake.wakeAt })).resolves.toMatchObject({ kind: 'finished' });
  });

  test('that is given up on lets the others pass, and its last attempt is recorded', async () => {
    const world = await worldOf(3, (_, id) => (id === messageId(1) ? FAILED : OK));
    world.wake(3);
    await settle(world);
    expect(world.sent()).toEqual([...Array(3).fill(messageId(1)), ...names(2, 3)]);
    expect(world.attempts.get(`${messageId(1)} 3`)?.nextAttemptAt).toBeUndefined();
  });

  test('disables its endpoint by 410, and the log goes on from there when it is enabled', async () => {
    const world = await worldOf(3, (request) => (request === 1 ? GONE : OK));
    await expect(world.look({ number: 3 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'disabled' } });
    expect(world.sent()).toEqual(names(1, 2));
    await expect(world.look({ number: 3 })).resolves.toMatchObject({ kind: 'held' });
    await world.set({ disabled: false });
    await expect(world.look({ number: 3 })).resolves.toMatchObject({ kind: 'finished' });
    expect(world.sent()).toEqual(names(1, 3));
  });

  test('disables its endpoint by 410 also when whoever recorded that died before', async () => {
    const world = await worldOf(1, () => GONE);
    await world.look({ number: 1 });
    const gone = world.attempts.get(`${messageId(1)} 1`);
    if (gone === undefined) throw new Error('the attempt was recorded');
    const later = await worldOf(2);
    later.attempts.set(`${messageId(1)} 1`, gone);
    await expect(later.look({ number: 2 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'disabled' } });
    expect(later.sent()).toEqual([]);
  });
});

describe('a number that nobody has used', () => {
  const gapAt = async (ageMs: number) => {
    const world = await worldOf(1);
    await world.post(entry(3, { acceptedAt: world.now() - ageMs }));
    return world;
  };

  test('is waited for as long as it may be used, and by one look', async () => {
    const world = await gapAt(1_000);
    await expect(world.look({ number: 3 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'hole' } });
    await expect(world.look({ number: 3 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'hole' } });
    expect(world.queue()).toHaveLength(1);
    expect(world.sent()).toEqual(names(1, 1));
  });

  test('is used in its place when it comes', async () => {
    const world = await gapAt(1_000);
    await world.look({ number: 3 });
    await world.post(entry(2));
    await world.look({ number: 2 });
    expect(world.sent()).toEqual(names(1, 3));
  });

  test('is closed after half a minute, without anybody who says so', async () => {
    const world = await gapAt(1_000);
    world.wake(3);
    await settle(world);
    expect(world.sent()).toEqual([messageId(1), messageId(3)]);
    const { items } = await world.store.readLog(CURSOR_REF, 2);
    expect(items).toMatchObject([{ kind: 'log-hole', number: 2 }, { number: 3 }]);
  });
});

describe('an endpoint', () => {
  test('begins in a log at the first message that came through it, whichever it is woken for', async () => {
    const world = await worldOf(0);
    await world.set({ orderedVersion: 3 });
    const before = { appVersion: 2, acceptedAt: ORDERED_SINCE - 1_000 };
    const long = { appVersion: 2, acceptedAt: ORDERED_SINCE - 600_000 };
    await world.post(...numbers(1, 20).map((number) => entry(number, long)), entry(21, before), entry(22), entry(23));
    await world.look({ number: 23 });
    expect(world.sent()).toEqual(names(22, 23));
  });

  test.each([
    ['at the beginning of a log', [], [1]],
    ['behind what is not for it', [1, 2], [3]],
    ['behind another such number', [1], [2, 3]],
  ] as const)('begins with a number that is taken and not written yet, %s', async (_title, passed, taken) => {
    const world = await worldOf(0);
    await world.set({ orderedVersion: 3 });
    const first = (taken.at(-1) ?? 0) + 1;
    const lately = world.now() - 1_000;
    await world.post(...passed.map((number) => entry(number, { appVersion: 2 })), entry(first, { acceptedAt: lately }));
    await expect(world.look({ number: first })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'hole' } });
    await world.post(...taken.map((number) => entry(number, { acceptedAt: lately })));
    await world.look({ number: taken[0] });
    expect(world.sent()).toEqual([...taken, first].map(messageId));
  });

  test('begins with the first number of several batches that are under way, each of which took many at once', async () => {
    const world = await worldOf(0);
    await world.set({ orderedVersion: 3 });
    const lately = world.now() - 1_000;
    await world.post(entry(301, { acceptedAt: lately }));
    await world.look({ number: 301 });
    await world.post(...numbers(1, 300).map((number) => entry(number, { acceptedAt: lately })));
    world.wake(1);
    await settle(world);
    expect(world.sent()).toEqual(names(1, 301));
  });

  test('that was deleted gets nothing more, and what was promised ends', async () => {
    const world = await worldOf(3, (request) => (request === 1 ? FAILED : OK));
    await world.look({ number: 3 });
    await world.set({ deletedAt: '2026-01-01T00:00:00Z' });
    await settle(world);
    expect(world.sent()).toEqual(names(1, 2));
    expect(world.attempts.get(`${messageId(2)} 2`)).toMatchObject({ outcome: 'refused' });
    expect(world.attempts.has(`${messageId(3)} 1`)).toBe(false);
  });

  test('that ceased to be ordered gets what is left as tasks, the first one when it is due', async () => {
    const world = await worldOf(3, (request) => (request === 1 ? FAILED : OK));
    await world.look({ number: 3 });
    const { nextAttemptAt } = world.attempts.get(`${messageId(2)} 1`) ?? {};
    await world.set({ orderedSince: undefined } as never);
    await world.look({ number: 2 });
    expect(world.released).toMatchObject([
      { task: { messageId: messageId(2), attempt: 2, acceptedAt: ACCEPTED_AT }, dueAt: nextAttemptAt },
      { task: { messageId: messageId(3), attempt: 1, lane: 'webhook' }, dueAt: 0 },
    ]);
    await expect(world.cursor()).resolves.toMatchObject({ next: 4 });
  });

  test('that ceased to be ordered before anybody looked gets all that it was woken for, and nothing from before', async () => {
    const world = await worldOf(4);
    await world.set({ orderedSince: undefined } as never);
    await world.look({ number: 4, from: 2 });
    expect(world.released.map(({ task }) => task.messageId)).toEqual([2, 3, 4].map(messageId));
    await expect(world.cursor()).resolves.toMatchObject({ next: 5 });
  });

  test('that ceased to be ordered gets nothing from its log that was accepted since then: that came as a task, or not at all', async () => {
    const world = await worldOf(1);
    await world.post(entry(2, { appVersion: 4 }));
    await world.set({ orderedSince: undefined, orderedUntilVersion: 4 } as never);
    await world.look({ number: 1 });
    expect(world.released.map(({ task }) => task.messageId)).toEqual([messageId(1)]);
    await expect(world.cursor()).resolves.toMatchObject({ next: 3 });
  });

  test('that ceased to be ordered gets what fan-out took for ordered still, because nobody made a task of it', async () => {
    const world = await worldOf(1);
    await world.post(entry(2, { appVersion: 4 }), entry(3, { appVersion: 4 }));
    await world.set({ orderedSince: undefined, orderedUntilVersion: 4 } as never);
    await world.look({ number: 2 });
    expect(world.released.map(({ task }) => task.messageId)).toEqual([2].map(messageId));
    await world.look({ number: 3 });
    await expect(world.cursor()).resolves.toMatchObject({ next: 4 });
  });

  test('that ceased to be ordered keeps its rate: no task goes out with a slot that it does not wait for', async () => {
    const world = await worldOf(2);
    await world.set({ throttleRate: 0.1 });
    await world.look({ number: 2 });
    await expect(world.cursor()).resolves.toMatchObject({ blockedBy: 'rate' });
    await world.set({ orderedSince: undefined } as never);
    await world.look({ number: 2 });
    expect(world.released).toHaveLength(1);
    expect(world.released[0]?.task.slotAt).toBeUndefined();
  });

  test('whose breaker is open is tried by a probe alone', async () => {
    const world = await worldOf(2);
    const breaker = { openedAt: world.now(), until: world.now() + 30 * SECONDS, probes: 0, reason: 'timed-out' };
    await world.set({ breaker });
    await expect(world.look({ number: 2 })).resolves.toMatchObject({ kind: 'stopped', hold: { reason: 'breaker' } });
    await expect(world.look({ number: 2 })).resolves.toMatchObject({ kind: 'held' });
    expect(world.sent()).toEqual([]);
    await expect(world.look({ number: 1, probe: true })).resolves.toMatchObject({ kind: 'stopped' });
    expect(world.sent()).toEqual(names(1, 1));
  });

  test('with a rate gets each message at its slot, which is reserved once', async () => {
    const world = await worldOf(6);
    await world.set({ throttleRate: 0.5 });
    const startedAt = world.now();
    world.wake(6);
    await settle(world);
    expect(world.sent()).toEqual(names(1, 6));
    const tookMs = (world.requests.at(-1)?.at ?? 0) - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(9 * SECONDS);
    expect(tookMs).toBeLessThan(14 * SECONDS);
  });
});

test('looks that always come late do not keep an endpoint with a rate waiting for ever', async () => {
  const world = await worldOf(4);
  await world.set({ throttleRate: 0.2 });
  world.comeLateBy(3 * SECONDS);
  world.wake(4);
  await settle(world, 60);
  expect(world.sent()).toEqual(names(1, 4));
});

/** What the receiver may rely on, whatever happened to those who sent. */
const expectOrder = (requests: readonly { readonly messageId: string; readonly succeeded: boolean }[]): void => {
  const firsts: string[] = [];
  for (const { messageId: id, succeeded } of requests) if (succeeded && !firsts.includes(id)) firsts.push(id);
  expect(firsts).toEqual(firsts.toSorted((a, b) => Number(a.slice(4)) - Number(b.slice(4))));
};

describe('whatever happens to those who work on it', () => {
  const seeds = fc.record({
    seed: fc.integer(),
    chance: fc.constantFrom(0, 0.02, 0.1),
    failing: fc.double({ min: 0, max: 0.6, noNaN: true }),
  });

  test('each message is delivered or given up on, in the order of the log, after crashes anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async ({ seed, chance, failing }) => {
        const random = randomOf(seed);
        const world = orderedWorld(() => (random() < failing ? FAILED : OK), random);
        await world.setUp();
        await world.postNumbers(1, 8);
        await world.post(entry(10), entry(11));
        world.crashWith(chance);
        // Out of order, and some twice.
        for (const number of [11, 3, 8, 8, 1]) world.wake(number);
        for (let turns = 0; turns < 30 && (await world.lookOnce()); turns += 1);
        world.crashWith(0);
        await settle(world);
        expectOrder(world.requests);
        for (const number of [...numbers(1, 8), 10, 11]) {
          const last = numbers(1, 3)
            .map((attempt) => world.attempts.get(`${messageId(number)} ${attempt}`))
            .findLast(Boolean);
          expect(last).toBeDefined();
          expect(last?.nextAttemptAt).toBeUndefined();
        }
        await expect(world.cursor()).resolves.toMatchObject({ next: 12, attempt: 1 });
      }),
      { numRuns: 100 },
    );
  });

  test('two who work on it at once send in its order, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async ({ seed, chance, failing }) => {
        const random = randomOf(seed);
        const world = orderedWorld(() => (random() < failing ? FAILED : OK), random);
        await world.setUp();
        await world.postNumbers(1, 10);
        for (const number of [4, 10, 7, 10, 2]) world.wake(number);
        world.crashWith(chance);
        for (let turns = 0; (await Promise.all([1, 2, 3].map(world.lookOnce))).includes(true); turns += 1) {
          if (turns > 20) world.crashWith(0);
        }
        expectOrder(world.requests);
        await expect(world.cursor()).resolves.toMatchObject({ next: 11, attempt: 1 });
        expect(new Set(world.requests.map((request) => request.messageId)).size).toBe(10);
      }),
      { numRuns: 80 },
    );
  });
});

/** mulberry32. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
