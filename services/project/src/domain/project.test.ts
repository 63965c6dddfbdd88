import { idTimeMs } from '@fanfare/core/ids';
import type { DomainEvent } from '@fanfare/events/domain-event';
import fc from 'fast-check';
import { fakeCounterStore } from '../adapters/counter-store.fake.ts';
import { STATISTICS } from '../adapters/statistics-counters.ts';
import { USAGE } from '../adapters/usage-counters.ts';
import {
  acceptedMessage,
  application,
  changed,
  endpoint,
  facts,
  failedAttempt,
  messageId,
  NOW_MS,
  recorded,
} from './changes.fake.ts';
import { type ProjectPorts, project } from './project.ts';
import { sortable } from './sequence.ts';
import type { StreamChange } from './stream-change.ts';

const SHARD = 'shard';
const HOURS = ['2026-11-25T01', '2026-11-25T02', '2026-11-25T03'];
const HOUR = { endpoint: endpoint(), hour: '2026-11-25T03' };
const USAGE_HOUR = { application, hour: HOUR.hour };

/** Ports that remember, and fail when they are told to. */
const world = (failing: () => boolean = () => false) => {
  const published: DomainEvent[] = [];
  const store = fakeCounterStore(STATISTICS);
  const usage = fakeCounterStore(USAGE);
  const read: number[] = [];
  const orFail = (): void => {
    if (failing()) throw new Error('throttled');
  };
  const ports: ProjectPorts = {
    readNames: async (applications, messages) => {
      orFail();
      read.push(applications.length + messages.length);
      return {
        appUids: new Map([[application.appId, 'customer-7']]),
        eventIds: new Map([[messageId(), 'order-7']]),
      };
    },
    publish: async (events) => {
      for (const event of events) {
        orFail();
        published.push(event);
      }
    },
    countStatistics: async (tally, shard) => {
      orFail();
      return store.count(tally, shard);
    },
    countUsage: async (tally, shard) => {
      orFail();
      return usage.count(tally, shard);
    },
  };
  return { ports, published, store, usage, read };
};

describe('a batch of the stream', () => {
  test('of messages and first attempts that succeed reads nothing, publishes nothing and writes two rows', async () => {
    const { ports, published, store, usage, read } = world();
    const changes = Array.from({ length: 100 }, (_, n) => [
      acceptedMessage({ sequence: 2 * n + 1, number: n }),
      recorded({ sequence: 2 * n + 2, messageId: messageId(NOW_MS, n) }),
    ]).flat();
    await expect(project(changes, SHARD, ports)).resolves.toMatchObject({ events: [], rows: 2 });
    expect([published, read, store.writes(), usage.writes()]).toEqual([[], [], 1, 1]);
    await expect(store.read(HOUR, SHARD)).resolves.toMatchObject({ delivered: 100 });
    await expect(usage.read(USAGE_HOUR, SHARD)).resolves.toEqual({ messages: 100, bytes: 10_000, attempts: 100 });
  });

  test('is announced with the names that owners gave', async () => {
    const { ports, published } = world();
    await project([failedAttempt(4, 'retried'), changed(undefined, facts(), 2)], SHARD, ports);
    expect(published.map(({ type, data }) => [type, data])).toEqual([
      ['message.attempt.failing', expect.objectContaining({ appUid: 'customer-7', msgEventId: 'order-7' })],
      ['endpoint.created', expect.objectContaining({ appUid: 'customer-7' })],
    ]);
  });

  test('that comes twice counts once, and repeats the ids that were published', async () => {
    const { ports, published, store, usage } = world();
    const changes = [
      failedAttempt(4, 'given-up'),
      changed(facts(), facts({ disabled: true }), 2),
      acceptedMessage({ sequence: 3 }),
    ];
    await project(changes, SHARD, ports);
    const once = published.splice(0);
    await expect(project(changes, SHARD, ports)).resolves.toMatchObject({ rows: 0 });
    expect(published).toEqual(once);
    await expect(store.read(HOUR, SHARD)).resolves.toMatchObject({ failed: 1, exhausted: 1 });
    await expect(usage.read(USAGE_HOUR, SHARD)).resolves.toEqual({ messages: 1, bytes: 100, attempts: 1 });
  });

  test.each(['countStatistics', 'countUsage'])(
    'whose %s fails comes back, after its events were published',
    async (port) => {
      const { ports, published } = world();
      const failing: ProjectPorts = { ...ports, [port]: async () => Promise.reject(new Error('throttled')) };
      await expect(project([failedAttempt(4, 'retried')], SHARD, failing)).rejects.toThrow('throttled');
      expect(published).toHaveLength(1);
    },
  );

  test('counts exactly once and announces at least once, whatever fails, is halved and comes again', async () => {
    const changeAt = (kind: number, number: number): StreamChange => {
      const at = {
        sequence: number * 7 + 1,
        endpoint: kind % 3,
        messageId: messageId(NOW_MS - (kind % 4) * 1_800_000, number % 200),
      };
      if (kind % 7 === 0) return acceptedMessage({ ...at, acceptedAt: idTimeMs(at.messageId), bytes: kind });
      if (kind % 5 === 0) return failedAttempt(4, kind % 2 === 0 ? 'retried' : 'given-up', at);
      return kind % 5 === 1 ? failedAttempt(1, 'retried', at) : recorded({ attempt: 1 + (kind % 6), ...at });
    };
    const stories = fc.record({
      kinds: fc.array(fc.nat(119), { minLength: 1, maxLength: 30 }),
      failures: fc.array(fc.boolean(), { maxLength: 60 }),
      repeats: fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(stories, async ({ kinds, failures, repeats }) => {
        const changes = kinds.map(changeAt);
        const calm = world();
        await project(changes, SHARD, calm.ports);

        const rough = world(() => failures.pop() ?? false);
        await asTheEventSourceDoes(changes, rough.ports);
        for (const [from, length] of repeats) {
          await asTheEventSourceDoes(changes.slice(from, from + length), rough.ports);
        }
        for (const tally of rowsOf(changes)) {
          expect(await rough.store.read(tally, SHARD)).toEqual(await calm.store.read(tally, SHARD));
        }
        for (const hour of HOURS) {
          const row = { application, hour };
          expect(await rough.usage.read(row, SHARD)).toEqual(await calm.usage.read(row, SHARD));
        }
        const ids = (events: readonly DomainEvent[]) => [...new Set(events.map(({ id }) => id))].toSorted();
        expect(ids(rough.published)).toEqual(ids(calm.published));
      }),
    );
  });

  /** Offers a batch until it is taken, in halves once it failed, the first half first. */
  const asTheEventSourceDoes = async (changes: readonly StreamChange[], ports: ProjectPorts): Promise<void> => {
    try {
      await project(changes, SHARD, ports);
    } catch {
      const half = Math.ceil(changes.length / 2);
      await asTheEventSourceDoes(changes.slice(0, half), ports);
      if (half < changes.length) await asTheEventSourceDoes(changes.slice(half), ports);
    }
  };

  const rowsOf = (changes: readonly StreamChange[]) => {
    const endpoints = changes.flatMap(({ ref }) => ('endpointId' in ref ? [ref] : []));
    return endpoints.flatMap((one) => HOURS.map((hour) => ({ endpoint: one, hour })));
  };
});

test('a sequence number sorts like a number', () => {
  expect(sortable('9') < sortable('10')).toBe(true);
});
