import { randomBytes } from 'node:crypto';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import type { MessageRecord } from '@fanfare/events/message-record';
import fc from 'fast-check';
import { type AcceptManyPorts, acceptMany, type Entry } from './accept-many.ts';
import { fakeFreshMessages } from './fresh-messages.fake.ts';
import { idOfSource } from './message-ids.ts';
import { fakeMessageTable } from './message-table.fake.ts';

const HOUR_MS = 3_600_000;
/** Half past some hour. */
const NOW = 500_000 * HOUR_MS + HOUR_MS / 2;

/** Two applications of one organisation, a table in memory, and everything that was asked of it in its order. */
const world = () => {
  const table = fakeMessageTable(() => NOW);
  const objects = fakePayloadStore();
  const calls: string[] = [];
  const state = { failing: new Set<string>(), version: 3, orderedEndpoints: 0, payloadRetentionDays: 90 };
  const ports: AcceptManyPorts = {
    ...table,
    findApplication: async (orgId, application) => {
      calls.push(`find ${application}`);
      if (orgId !== 'org_1' || !['app_1', 'app_2'].includes(application)) return undefined;
      const { version, orderedEndpoints, payloadRetentionDays } = state;
      return { orgId, appId: application, version, orderedEndpoints, payloadRetentionDays };
    },
    keepPayload: async (ref, packed) => {
      if (state.failing.has(ref.messageId)) throw new Error('slow down');
      await objects.keep(ref, packed);
    },
    markActive: async ({ appId }, at) => void calls.push(`mark ${appId} ${at - NOW}`),
    save: async (ref, record) => {
      calls.push('save');
      if (state.failing.has(ref.messageId)) throw new Error('throttled');
      return table.save(ref, record);
    },
    saveFresh: async (messages) => {
      calls.push(`save ${messages.length} at once`);
      return fakeFreshMessages(table, (messageId) => state.failing.has(messageId))(messages);
    },
    now: () => NOW,
  };
  const stored = (id: string): Promise<MessageRecord | undefined> =>
    table.stored({ orgId: 'org_1', appId: 'app_1', messageId: id });
  const placeOf = (orderingKey: string, number: number) =>
    table.placeOf({ orgId: 'org_1', appId: 'app_1', orderingKey }, number);
  return { ports, calls, state, stored, placeOf, objects };
};

type Own = { readonly eventId?: string; readonly deliverAt?: number; readonly orderingKey?: string };

const entry = (name: string, more: Partial<Entry> & Own = {}) => {
  const { eventId, deliverAt, orderingKey, acceptedAt = NOW, ...rest } = more;
  const own = {
    ...(eventId === undefined ? {} : { eventId }),
    ...(deliverAt === undefined ? {} : { deliverAt }),
    ...(orderingKey === undefined ? {} : { orderingKey }),
  };
  return {
    orgId: 'org_1',
    application: 'app_1',
    message: { eventType: 'a', body: '{}', ...own },
    correlationId: 'c',
    messageId: idOfSource(acceptedAt, name),
    acceptedAt,
    comesAgain: false,
    ...rest,
  } satisfies Entry;
};
const kindsOf = async (entries: readonly Entry[], ports: AcceptManyPorts) =>
  (await acceptMany(entries, ports)).map((one) => (one.kind === 'refused' ? one.why : one.kind));

test('an application is read once and marked before anything of it is written', async () => {
  const { ports, calls } = world();
  await acceptMany([entry('1'), entry('2'), entry('3', { application: 'app_2' })], ports);
  expect(calls).toEqual(['find app_1', 'find app_2', 'mark app_1 0', 'mark app_2 0', 'save 3 at once']);
});

test('of an hour the first and the last message are marked, as one of them may be late', async () => {
  const { ports, calls } = world();
  const times = [NOW - 1000, NOW - 600_000, NOW, NOW - HOUR_MS];
  await acceptMany(
    times.map((acceptedAt) => entry('x', { acceptedAt })),
    ports,
  );
  expect(calls.filter((call) => call.startsWith('mark'))).toEqual([
    'mark app_1 -600000',
    'mark app_1 0',
    `mark app_1 ${-HOUR_MS}`,
  ]);
});

test('what is refused or fails does not touch its neighbours', async () => {
  const { ports, state, stored } = world();
  const entries = [
    entry('1'),
    entry('2', { application: 'app_3' }),
    entry('3', { orgId: 'org_2' }),
    entry('4', { deliverAt: NOW - 1 }),
    entry('5'),
    entry('6', { comesAgain: true }),
    entry('7', { comesAgain: true }),
  ];
  state.failing = new Set([entries[4]?.messageId ?? '', entries[5]?.messageId ?? '']);
  await expect(kindsOf(entries, ports)).resolves.toEqual([
    'accepted',
    'application-not-found',
    'application-not-found',
    'deliver-at-out-of-reach',
    'failed',
    'failed',
    'accepted',
  ]);
  const standing = await Promise.all(entries.map(async ({ messageId }) => (await stored(messageId)) !== undefined));
  expect(standing).toEqual([true, false, false, false, false, false, true]);
});

test('what may come again is written under a condition, and does not replace what stands', async () => {
  const { ports, state, stored, calls } = world();
  const again = entry('1', { comesAgain: true });
  await expect(kindsOf([again], ports)).resolves.toEqual(['accepted']);
  state.version = 4;
  await expect(kindsOf([again], ports)).resolves.toEqual(['accepted']);
  await expect(stored(again.messageId)).resolves.toMatchObject({ appVersion: 3 });
  expect(calls.filter((call) => call === 'save')).toHaveLength(2);
});

test.each([
  ['a fresh one', {}],
  ['one that may come again', { comesAgain: true }],
  ['one with an event id', { eventId: 'order-7' }],
])('the payload of %s is kept as long as its application says, from when it is taken in', async (_title, more) => {
  const { ports, state, stored } = world();
  state.payloadRetentionDays = 5;
  const acceptedAt = NOW - 6 * 24 * HOUR_MS;
  const one = entry('1', { acceptedAt, ...more });
  await expect(kindsOf([one], ports)).resolves.toEqual(['accepted']);
  await expect(stored(one.messageId)).resolves.toMatchObject({
    payloadExpiresAt: NOW / 1000 + 5 * 86_400,
    expiresAt: acceptedAt / 1000 + 90 * 86_400,
  });
  await kindsOf([one], { ...ports, now: () => NOW + HOUR_MS });
  if (!('comesAgain' in more)) return;
  await expect(stored(one.messageId)).resolves.toMatchObject({ payloadExpiresAt: NOW / 1000 + 5 * 86_400 });
});

test('an object of a message that stands is not written again when nobody would clear it away any more', async () => {
  const { ports, objects } = world();
  const message = { eventType: 'a', body: JSON.stringify(randomBytes(40_000).toString('hex')) };
  const DAY_MS = 24 * HOUR_MS;
  const one = entry('1', { message, comesAgain: true, acceptedAt: NOW - 2 * DAY_MS });
  const kept: string[] = [];
  const counted = {
    ...ports,
    keepPayload: async (...[to, packed]: Parameters<typeof ports.keepPayload>) => {
      kept.push(to.messageId);
      await objects.keep(to, packed);
    },
  };
  await expect(kindsOf([one], counted)).resolves.toEqual(['accepted']);
  await expect(kindsOf([one], counted)).resolves.toEqual(['accepted']);
  expect(kept).toEqual([one.messageId]);
  // A younger one is met by the sweep.
  const young = entry('2', { message, comesAgain: true });
  await kindsOf([young], counted);
  await kindsOf([young], counted);
  expect(kept).toHaveLength(3);
});

test('of messages with one event id the first in the batch is accepted', async () => {
  const { ports } = world();
  const entries = Array.from({ length: 5 }, (_, index) => entry(String(index), { eventId: 'order-7' }));
  await expect(kindsOf(entries, ports)).resolves.toEqual(['accepted', ...Array(4).fill('event-id-taken')]);
});

test('a message for a later time is written together with its due item', async () => {
  const { ports, calls } = world();
  await expect(kindsOf([entry('1', { deliverAt: NOW + HOUR_MS })], ports)).resolves.toEqual(['accepted']);
  expect(calls).toContain('save');
});

test('an application that cannot be read, or marked, is a fault before anything is written', async () => {
  const { ports, calls } = world();
  const throttled = async () => {
    throw new Error('throttled');
  };
  await expect(acceptMany([entry('1')], { ...ports, findApplication: throttled })).rejects.toThrow('throttled');
  await expect(acceptMany([entry('1')], { ...ports, markActive: throttled })).rejects.toThrow('throttled');
  expect(calls.filter((call) => call.startsWith('save'))).toEqual([]);
});

describe('where an endpoint of the application is ordered', () => {
  const inOrder = (count: number, orderingKey?: string) =>
    Array.from({ length: count }, (_, index) =>
      entry(`${orderingKey}-${index}`, { comesAgain: true, ...(orderingKey === undefined ? {} : { orderingKey }) }),
    );

  test('messages take their places in the log of their key, as they stand in the batch', async () => {
    const { ports, state, placeOf } = world();
    state.orderedEndpoints = 1;
    const [a, b, none] = [inOrder(3, 'a'), inOrder(2, 'b'), inOrder(2)];
    const mixed = [a[0], b[0], none[0], a[1], none[1], b[1], a[2]].map((one) => one as Entry);
    await expect(kindsOf(mixed, ports)).resolves.toEqual(Array(7).fill('accepted'));
    for (const [key, entries] of [['a', a] as const, ['b', b] as const, ['.', none] as const]) {
      const places = await Promise.all(entries.map((_, index) => placeOf(key, index + 1)));
      expect(places).toEqual(entries.map(({ messageId }) => messageId));
    }
  });

  test('nothing takes a place before what could not be written: both come again, in their order', async () => {
    const { ports, state, placeOf } = world();
    state.orderedEndpoints = 1;
    const [first, second, third] = inOrder(3, 'a') as [Entry, Entry, Entry];
    const other = entry('other', { orderingKey: 'b' });
    state.failing.add(second.messageId);
    const all = [first, second, third, other];
    await expect(kindsOf(all, ports)).resolves.toEqual(['accepted', 'failed', 'failed', 'accepted']);
    state.failing.clear();
    await expect(kindsOf(all, ports)).resolves.toEqual(Array(4).fill('accepted'));
    // The number that was taken in vain is closed by whoever meets it first.
    const places = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => placeOf('a', number)));
    const ids = [first, second, third].map(({ messageId }) => messageId);
    expect(places).toEqual([ids[0], undefined, 'closed', ids[1], ids[2], undefined]);
  });

  test('many messages of one key take their numbers together, and each its own place', async () => {
    const { ports, state, placeOf } = world();
    state.orderedEndpoints = 1;
    let calls = 0;
    const counting: AcceptManyPorts = {
      ...ports,
      takeNumbers: async (...given) => {
        calls += 1;
        return ports.takeNumbers(...given);
      },
    };
    const entries = inOrder(60, 'a');
    await expect(kindsOf(entries, counting)).resolves.toEqual(Array(60).fill('accepted'));
    const places = await Promise.all(entries.map((_, index) => placeOf('a', index + 1)));
    expect(places).toEqual(entries.map(({ messageId }) => messageId));
    expect(calls).toBe(3);
  });

  test('whatever fails, however calls of the same batch and of others overtake each other, a batch keeps its order', async () => {
    const stories = fc.record({
      scheduler: fc.scheduler(),
      // Of each run, the message that cannot be written; of the log, numbers that somebody has closed.
      runs: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
      closed: fc.array(fc.nat(20), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(stories, async ({ scheduler, runs, closed }) => {
        const { ports, state, placeOf } = world();
        state.orderedEndpoints = 1;
        const log = { orgId: 'org_1', appId: 'app_1', orderingKey: 'a' };
        for (const number of closed) await ports.closeNumber(log, number + 1);
        const [batch, others] = [inOrder(6, 'a'), [1, 2].map((n) => entry(`other ${n}`, { orderingKey: 'a' }))];
        const run = (failing: string | undefined, entries: readonly Entry[]) => {
          const interleaved: AcceptManyPorts = {
            ...ports,
            takeNumbers: scheduler.scheduleFunction(ports.takeNumbers),
            closeNumber: scheduler.scheduleFunction(ports.closeNumber),
            isSaved: scheduler.scheduleFunction(ports.isSaved),
            save: scheduler.scheduleFunction(async (ref, record) => {
              if (ref.messageId === failing) throw new Error('throttled');
              return ports.save(ref, record);
            }),
          };
          return kindsOf(entries, interleaved);
        };
        const all = Promise.all([...runs.map((index) => run(batch[index]?.messageId, batch)), run(undefined, others)]);
        await scheduler.waitFor(all);
        await expect(kindsOf(batch, ports)).resolves.toEqual(Array(6).fill('accepted'));
        const places = await Promise.all(Array.from({ length: 120 }, (_, n) => placeOf('a', n + 1)));
        const ids = batch.map(({ messageId }) => messageId);
        expect(places.filter((place) => ids.includes(place ?? ''))).toEqual(ids);
        // Somebody has to wait for the numbers of what failed, and for no others.
        const last = places.findLastIndex((place) => ids.includes(place ?? ''));
        expect(places.slice(0, last).filter((place) => place === undefined).length).toBeLessThanOrEqual(runs.length);
      }),
      { numRuns: 300 },
    );
  });

  test('what comes again keeps its place, and takes no number in vain', async () => {
    const { ports, state, placeOf } = world();
    state.orderedEndpoints = 1;
    const entries = inOrder(2, 'a');
    await kindsOf(entries, ports);
    await expect(kindsOf(entries, ports)).resolves.toEqual(['accepted', 'accepted']);
    await expect(placeOf('a', 3)).resolves.toBeUndefined();
  });

  test('a fresh message takes its place too', async () => {
    const { ports, state, placeOf, calls } = world();
    state.orderedEndpoints = 1;
    const fresh = entry('1');
    await expect(kindsOf([fresh], ports)).resolves.toEqual(['accepted']);
    await expect(placeOf('.', 1)).resolves.toBe(fresh.messageId);
    expect(calls).toContain('save');
  });
});

describe('messages whose bodies are too large for their items', () => {
  const body = JSON.stringify(Array.from({ length: 5_000 }, (_, n) => Math.imul(n, 0x9e3779b1)));
  const large = (name: string, more: Partial<Entry> & Own = {}): Entry => {
    const made = entry(name, more);
    return { ...made, message: { ...made.message, body } };
  };

  test.each([false, true])('have them in objects, whether they may come again or not: %p', async (comesAgain) => {
    const { ports, stored, objects } = world();
    const entries = [large('one', { comesAgain }), entry('two', { comesAgain })];
    const outcomes = await acceptMany(entries, ports);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
    expect(objects.objects.size).toBe(1);
    const [one, two] = await Promise.all(entries.map(({ messageId }) => stored(messageId)));
    expect(one).toMatchObject({ payloadObject: { bytes: body.length } });
    expect(one).not.toHaveProperty('payload');
    expect(two).toHaveProperty('payload');
  });

  test.each([false, true])('fail alone when an object cannot be written, and are not saved: %p', async (comesAgain) => {
    const { ports, stored, state } = world();
    const entries = [large('one', { comesAgain }), large('two', { comesAgain })];
    state.failing.add(entries[0]?.messageId ?? '');
    const outcomes = await acceptMany(entries, { ...ports, save: ports.save });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'accepted']);
    await expect(stored(entries[0]?.messageId ?? '')).resolves.toBeUndefined();
  });

  test('keep back the others of their log when an object cannot be written', async () => {
    const { ports, state } = world();
    state.orderedEndpoints = 1;
    const entries = [large('one', { orderingKey: 'a' }), entry('two', { orderingKey: 'a' })];
    state.failing.add(entries[0]?.messageId ?? '');
    const outcomes = await acceptMany(entries, ports);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
  });
});
