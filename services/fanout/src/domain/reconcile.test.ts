import { CURSOR_SECONDS } from '@fanfare/events/ordered-cursor';
import type { Accounted } from './account-for.ts';
import { MOST_WAITING, reconcile } from './reconcile.ts';
import { HOUR_MS, MINUTE_MS, NOW, reconcileWorld, subscriber } from './reconcile-world.fake.ts';

const settings = { afterMs: 15 * MINUTE_MS, overdueMs: 30 * MINUTE_MS };
const OLD = NOW - 20 * MINUTE_MS;
type World = ReturnType<typeof reconcileWorld>;

const run = async ({ ports }: World) => {
  const told: Accounted[] = [];
  const ended = await reconcile(settings, ports, (one) => told.push(one));
  return { ...ended, told };
};

describe('the reconciler', () => {
  test('fans a message out again that has no attempt, once, and counts it', async () => {
    const world = reconcileWorld();
    const { messageId } = world.accept(OLD);
    expect(await run(world)).toMatchObject({ kind: 'done', messages: 1, unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId, endpointId: 'ep_1', attempt: 1 }]);
    expect(await run(world)).toMatchObject({ kind: 'done', messages: 0, unaccounted: 0 });
  });

  test.each([
    ['whose last attempt is final', { attempt: 1 }],
    ['whose next attempt is still to come', { attempt: 2, nextAttemptAt: NOW + HOUR_MS }],
    ['whose next attempt is late, and not very', { attempt: 2, nextAttemptAt: NOW - settings.overdueMs + 1 }],
  ])('leaves a message alone %s', async (_title, last) => {
    const world = reconcileWorld();
    world.attempted(world.accept(OLD), last);
    expect(await run(world)).toMatchObject({ messages: 1, unaccounted: 0 });
    expect(world.wanted()).toEqual([]);
  });

  test('has the next attempt made whose task was lost, when it is overdue', async () => {
    const world = reconcileWorld();
    const message = world.accept(OLD - HOUR_MS / 2);
    world.attempted(message, { attempt: 3, nextAttemptAt: NOW - settings.overdueMs });
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId: message.messageId, endpointId: 'ep_1', attempt: 4 }]);
  });

  test('misses nothing that is parked, a first attempt or a later one, and comes back to it', async () => {
    const world = reconcileWorld();
    const first = world.accept(OLD);
    const later = world.accept(OLD - HOUR_MS / 2);
    world.attempted(later, { attempt: 3, nextAttemptAt: NOW - settings.overdueMs });
    world.parked.add(`${first.messageId} ep_1 1`).add(`${later.messageId} ep_1 4`);
    expect(await run(world)).toMatchObject({ messages: 2, unaccounted: 0 });
    expect(world.wanted()).toEqual([]);
    world.parked.clear();
    world.state.now = NOW + 7 * HOUR_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 2 });
  });

  test('comes back to a message when its next attempt would be overdue, days later too', async () => {
    const world = reconcileWorld();
    const message = world.accept(OLD);
    world.attempted(message, { attempt: 8, nextAttemptAt: NOW + 20 * HOUR_MS });
    await run(world);
    world.state.now = NOW + 20 * HOUR_MS + settings.overdueMs - MINUTE_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    world.state.now += 2 * MINUTE_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId: message.messageId, endpointId: 'ep_1', attempt: 9 }]);
  });

  test('misses nothing of a message that waits, and comes back when its delivery would be overdue', async () => {
    const world = reconcileWorld();
    const deliverAt = NOW + 20 * HOUR_MS;
    const { messageId } = world.accept(OLD, { deliverAt, dueAt: deliverAt });
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    world.state.now = deliverAt + settings.overdueMs - MINUTE_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    world.state.now += 2 * MINUTE_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId, endpointId: 'ep_1', attempt: 1 }]);
  });

  test('misses nothing of a message that was called off', async () => {
    const world = reconcileWorld();
    world.accept(OLD, { deliverAt: OLD + 1, dueAt: OLD + 1, cancelledAt: OLD });
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    expect(world.wanted()).toEqual([]);
  });

  test('looks again at what it had to fan out, later each time, until an attempt stands', async () => {
    const world = reconcileWorld();
    const message = world.accept(OLD);
    const missingAt: number[] = [];
    for (let minute = 0; minute < 6 * 60; minute += 5) {
      world.state.now = NOW + minute * MINUTE_MS;
      if ((await run(world)).unaccounted > 0) missingAt.push(minute);
    }
    expect(missingAt).toEqual([0, 35, 100, 225]);
    world.attempted(message, { attempt: 1 });
    world.state.now += 24 * HOUR_MS;
    expect(await run(world)).toMatchObject({ messages: 1, unaccounted: 0 });
  });

  test('does not look at what is too young, and does later', async () => {
    const world = reconcileWorld();
    world.accept(NOW - settings.afterMs);
    expect(await run(world)).toMatchObject({ messages: 0 });
    world.state.now += MINUTE_MS;
    expect(await run(world)).toMatchObject({ messages: 1 });
  });

  test('looks at each message once, over hours and applications', async () => {
    const world = reconcileWorld();
    const ids: string[] = [];
    for (let minute = 0; minute < 180; minute += 1) {
      const ref = { orgId: 'org_1', appId: `app_${'x'.repeat(minute % 11)}` };
      ids.push(world.accept(NOW + minute * MINUTE_MS, {}, ref).messageId);
      world.state.now = NOW + minute * MINUTE_MS;
      if (minute % 7 === 0) await run(world);
    }
    world.state.now += HOUR_MS;
    await run(world);
    const seen = world.wanted().map(({ messageId }) => messageId);
    expect([...new Set(seen)].sort()).toEqual([...ids].sort());
  });

  test('finds a message that was saved hours after its id was made', async () => {
    const world = reconcileWorld();
    await run(world);
    world.state.now = NOW + 3 * HOUR_MS;
    await run(world);
    const { messageId } = world.accept(OLD, {}, undefined, world.state.now + 1);
    world.state.now += HOUR_MS;
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId, endpointId: 'ep_1', attempt: 1 }]);
  });

  test('waits while the lanes are full, and loses nothing by it', async () => {
    const world = reconcileWorld();
    world.accept(OLD);
    world.state.waiting = MOST_WAITING + 1;
    expect(await run(world)).toMatchObject({ kind: 'lanes-are-full', messages: 0 });
    world.state.waiting = MOST_WAITING;
    expect(await run(world)).toMatchObject({ kind: 'done', unaccounted: 1 });
  });
});

describe('who has to get a message', () => {
  test.each([
    ['an endpoint made later', { sinceVersion: 4 }],
    ['a disabled endpoint', { disabled: true }],
    ['a deleted endpoint', { deletedAt: '2026-01-01T00:00:00Z' }],
    ['an endpoint that wants another event type', { eventTypes: ['b'] }],
    ['an endpoint of other channels', { channels: ['eu'] }],
  ])('is not %s', async (_title, more) => {
    const world = reconcileWorld();
    world.application.subscribers = [subscriber('ep_1', more), subscriber('ep_2')];
    world.accept(OLD);
    expect(await run(world)).toMatchObject({ unaccounted: 1, undecided: 0 });
    expect(world.wanted()).toMatchObject([{ endpointId: 'ep_2' }]);
  });

  test('is nobody when the application was deleted', async () => {
    const world = reconcileWorld();
    world.application.deleted = true;
    world.attempted(world.accept(OLD), { attempt: 1, nextAttemptAt: 1 });
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
  });

  test('is nobody when the message has expired', async () => {
    const world = reconcileWorld();
    world.accept(OLD, { expiresAt: NOW / 1000 });
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
  });

  test.each([
    ['was enabled', {}],
    ['wants more than before', { eventTypes: ['a', 'b'] }],
  ])('is not an endpoint that %s since: it is left out and told of', async (_title, more) => {
    const world = reconcileWorld();
    world.application.subscribers = [
      subscriber('ep_1', { selectionVersion: 4, ...more }),
      subscriber('ep_2', { selectionVersion: 3 }),
    ];
    world.accept(OLD);
    const { unaccounted, undecided, told } = await run(world);
    expect({ unaccounted, undecided }).toEqual({ unaccounted: 1, undecided: 1 });
    expect(told[0]?.undecided).toEqual(['ep_1']);
    expect(world.wanted()).toMatchObject([{ endpointId: 'ep_2' }]);
  });

  test.each([
    ['disabled', { disabled: true }],
    ['deleted', { deletedAt: '2026-01-01T00:00:00Z' }],
    ['changed', { selectionVersion: 5, eventTypes: ['b'] }],
  ])(
    'is an endpoint that was %s between two attempts: the next one is made, or refused and recorded',
    async (_t, more) => {
      const world = reconcileWorld();
      world.application.subscribers = [subscriber('ep_1', more)];
      world.attempted(world.accept(OLD - HOUR_MS / 2), { attempt: 2, nextAttemptAt: NOW - HOUR_MS });
      expect(await run(world)).toMatchObject({ unaccounted: 1 });
      expect(world.wanted()).toMatchObject([{ endpointId: 'ep_1', attempt: 3 }]);
    },
  );
});

describe('a reconciler that', () => {
  test('runs out of time goes on in the next run, page by page, to the last message', async () => {
    const world = reconcileWorld();
    const ids = Array.from({ length: 23 }, (_, index) => world.accept(OLD + index * 10).messageId);
    const kinds: string[] = [];
    for (let runs = 0; runs < 40 && kinds.at(-1) !== 'done'; runs += 1) {
      world.state.pagesLeft = 2;
      kinds.push((await run(world)).kind);
    }
    expect(kinds.at(-1)).toBe('done');
    expect(kinds.filter((kind) => kind === 'out-of-time').length).toBeGreaterThan(4);
    expect(new Set(world.wanted().map(({ messageId }) => messageId))).toEqual(new Set(ids));
    expect(world.state.largestPage).toBe(2);
  });

  test.each(['publish', 'recheck', 'saveCursor'])('dies at %s has lost nothing', async (call) => {
    const world = reconcileWorld();
    const ids = Array.from({ length: 5 }, (_, index) => world.accept(OLD + index * 10).messageId);
    world.state.diesAt = call;
    await expect(run(world)).rejects.toThrow('died');
    world.state.diesAt = '';
    await run(world);
    expect(new Set(world.wanted().map(({ messageId }) => messageId))).toEqual(new Set(ids));
    expect(new Set([...world.rechecks.values()].map(({ ref }) => ref.messageId))).toEqual(new Set(ids));
  });

  test('runs twice at once does the work of one: the one that is overtaken stops', async () => {
    const world = reconcileWorld();
    const ids = Array.from({ length: 5 }, (_, index) => world.accept(OLD + index * 10).messageId);
    const ended = await Promise.all([run(world), run(world)]);
    expect(ended.map(({ kind }) => kind).sort()).toEqual(['done', 'overtaken']);
    expect(new Set(world.wanted().map(({ messageId }) => messageId))).toEqual(new Set(ids));
    expect(await run(world)).toMatchObject({ kind: 'done', messages: 0 });
  });

  test('stood still for a day accounts for all of it', async () => {
    const world = reconcileWorld();
    await run(world);
    const ids = Array.from({ length: 30 }, (_, index) => world.accept(NOW + index * 50 * MINUTE_MS).messageId);
    world.state.now = NOW + 27 * HOUR_MS;
    expect(await run(world)).toMatchObject({ kind: 'done', unaccounted: 30 });
    expect(world.wanted().map(({ messageId }) => messageId)).toEqual(ids);
  });
});

describe('of a message that an ordered endpoint gets through a log, the reconciler', () => {
  const orderedWorld = () => {
    const world = reconcileWorld();
    world.application.subscribers = [subscriber('ep_1', { orderedSince: OLD - HOUR_MS, orderedVersion: 2 })];
    return world;
  };
  /** Long enough ago for what has not been tried to count as lost. */
  const LONG_AGO = NOW - 50 * MINUTE_MS;
  const place = (number: number) => ({ order: { key: 'a', number } });
  const cursor = (next: number, movedAt: number, more: object = {}) => ({
    next,
    expiresAt: Math.floor(movedAt / 1000) + CURSOR_SECONDS,
    ...more,
  });
  const told = ({ woken }: World) =>
    woken.map(({ endpointId, orderingKey, number, wakeAt }) => [endpointId, orderingKey, number, wakeAt]);

  test('says nothing while its turn may still come, and looks again', async () => {
    const world = orderedWorld();
    world.accept(OLD, place(7));
    expect(await run(world)).toMatchObject({ messages: 1, unaccounted: 0 });
    expect([...world.wanted(), ...world.woken]).toEqual([]);
    expect([...world.rechecks.values()]).toMatchObject([{ atMs: OLD + settings.overdueMs - settings.afterMs }]);
  });

  test('wakes the endpoint when nobody has come to it for a long time, once, and counts it', async () => {
    const world = orderedWorld();
    world.accept(LONG_AGO, place(7));
    expect(await run(world)).toMatchObject({ messages: 1, unaccounted: 1 });
    expect(world.wanted()).toEqual([]);
    expect(told(world)).toEqual([['ep_1', 'a', 7, NOW]]);
    expect(await run(world)).toMatchObject({ messages: 0, unaccounted: 0 });
  });

  test('wakes an endpoint once for all messages of a page, and counts each', async () => {
    const world = orderedWorld();
    world.state.pageSize = 10;
    for (const number of [7, 9, 8]) world.accept(LONG_AGO + number, place(number));
    world.cursors.set('ep_1 a', cursor(7, LONG_AGO));
    expect(await run(world)).toMatchObject({ messages: 3, unaccounted: 3 });
    expect(told(world)).toEqual([['ep_1', 'a', 9, NOW]]);
  });

  test.each([
    ['somebody works on it', { leaseUntil: NOW + 60_000 }],
    ['it waits for its time', { blockedUntil: NOW + HOUR_MS }],
    ['its time to wait is over, and not by much', { blockedUntil: NOW - settings.overdueMs + 1 }],
    ['whoever worked on it died lately', { leaseUntil: NOW - settings.overdueMs + 1 }],
  ])('leaves a log alone while %s', async (_title, more) => {
    const world = orderedWorld();
    world.accept(LONG_AGO, place(7));
    world.cursors.set('ep_1 a', cursor(7, LONG_AGO, more));
    expect(await run(world)).toMatchObject({ messages: 1, unaccounted: 0 });
    expect([...world.wanted(), ...world.woken]).toEqual([]);
    expect(world.rechecks.size).toBe(1);
  });

  test('leaves a log alone that was moved lately, and what is behind another message for hours', async () => {
    const world = orderedWorld();
    world.accept(LONG_AGO, place(9));
    world.cursors.set('ep_1 a', cursor(7, NOW - MINUTE_MS));
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    expect([...world.rechecks.values()]).toMatchObject([{ atMs: NOW + 6 * HOUR_MS - settings.afterMs }]);
  });

  test.each([
    ['that its time to wait is long over', { blockedUntil: NOW - settings.overdueMs }],
    ['that whoever worked on it died long ago', { leaseUntil: NOW - settings.overdueMs }],
  ])('wakes the endpoint when it finds %s', async (_title, more) => {
    const world = orderedWorld();
    world.accept(LONG_AGO, place(7));
    world.cursors.set('ep_1 a', cursor(7, LONG_AGO, more));
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(told(world)).toEqual([['ep_1', 'a', 7, NOW]]);
  });

  test('has it sent as a task when the cursor is beyond it and it has no attempt', async () => {
    const world = orderedWorld();
    const { messageId } = world.accept(OLD, place(7));
    world.cursors.set('ep_1 a', cursor(8, NOW));
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([{ messageId, endpointId: 'ep_1', attempt: 1 }]);
    expect(world.woken).toEqual([]);
  });

  test('does not take for missing what is attempted while it looks', async () => {
    const world = orderedWorld();
    const message = world.accept(OLD, place(7));
    world.cursors.set('ep_1 a', cursor(7, NOW));
    // Right after the cursor was read, its message is attempted and the cursor goes on.
    const ports = {
      ...world.ports,
      logCursor: async (ref: Parameters<typeof world.ports.logCursor>[0]) => {
        const seen = await world.ports.logCursor(ref);
        world.attempted(message, { attempt: 1 });
        world.cursors.set('ep_1 a', cursor(8, NOW));
        return seen;
      },
    };
    expect(await run({ ...world, ports })).toMatchObject({ unaccounted: 0 });
    expect([...world.wanted(), ...world.woken]).toEqual([]);
  });

  test('takes the next attempt of a failed one for what its log says, too', async () => {
    const world = orderedWorld();
    const message = world.accept(LONG_AGO, place(7));
    world.attempted(message, { attempt: 2, nextAttemptAt: NOW - settings.overdueMs });
    world.cursors.set('ep_1 a', cursor(7, LONG_AGO, { blockedUntil: NOW + HOUR_MS }));
    expect(await run(world)).toMatchObject({ unaccounted: 0 });
    world.cursors.set('ep_1 a', cursor(7, LONG_AGO, { blockedUntil: NOW - settings.overdueMs }));
    world.state.cursor = undefined;
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toEqual([]);
    expect(told(world)).toEqual([['ep_1', 'a', 7, NOW]]);
  });

  test.each([
    ['has no place in a log', {}],
    ['was accepted before the endpoint became ordered', { ...place(7), appVersion: 1 }],
  ])('publishes a task when the message %s', async (_title, more) => {
    const world = orderedWorld();
    world.application.subscribers = [subscriber('ep_1', { orderedSince: OLD, orderedVersion: 2 })];
    world.accept(OLD, more);
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(world.wanted()).toHaveLength(1);
    expect(world.woken).toEqual([]);
  });

  test('leaves its own cursor where it was when the wake-up cannot be published', async () => {
    const world = orderedWorld();
    world.accept(LONG_AGO, place(7));
    world.state.diesAt = 'wake';
    await expect(run(world)).rejects.toThrow('died at wake');
    world.state.diesAt = '';
    expect(await run(world)).toMatchObject({ unaccounted: 1 });
    expect(told(world)).toHaveLength(1);
  });
});
