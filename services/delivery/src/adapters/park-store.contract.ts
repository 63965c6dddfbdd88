import { mintId } from '@fanfare/core/ids';
import type { EndpointRef } from '@fanfare/core/keys';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ParkedTask } from '@fanfare/events/parked-task';
import type { ParkStore } from '../domain/park-store.fake.ts';
import { ACCEPTED_AT, endpoint, REF, task } from '../domain/task.fake.ts';

let made = 0;
/** An endpoint of its own, so that tests do not meet in a table that lives on. */
const freshRef = (): EndpointRef => {
  made += 1;
  const random = new Uint8Array(15).fill(made);
  return { orgId: REF.orgId, appId: mintId('app', Date.now(), random), endpointId: mintId('ep', Date.now(), random) };
};
const parkedIn = (ref: EndpointRef, acceptedAt: number, messageId: string, attempt = 1): ParkedTask => {
  const { payload: _, ...rest } = task({ ...ref, messageId, acceptedAt, attempt });
  return {
    kind: 'parked',
    task: rest,
    attributes: { correlation_id: 'c' },
    parkedAt: acceptedAt + 1,
    reason: 'disabled',
  };
};
const breaker = { openedAt: 1_000, until: 31_000, probes: 0, reason: 'timed-out' };

/** The promises that every store of parked tasks and of the engine's marks keeps. */
export const parkStoreContract = (makeStore: () => Promise<ParkStore>): void => {
  const setUp = async (fields: Partial<EndpointRecord> = {}) => {
    const store = await makeStore();
    const ref = freshRef();
    await store.putEndpoint(ref, endpoint({ id: ref.endpointId, ...fields }));
    const at = { ...ref, url: fields.url ?? endpoint().url };
    return { store, ref, at, read: async () => (await store.readState(ref)).endpoint };
  };

  describe('parked tasks', () => {
    test('a task that is parked twice is there once, as it was last given', async () => {
      const { store, ref } = await setUp();
      const given = parkedIn(ref, ACCEPTED_AT, 'msg_1');
      await expect(store.saveParked(given)).resolves.toBe('parked');
      const again: ParkedTask = { ...given, reason: 'breaker' };
      await expect(store.saveParked(again)).resolves.toBe('already-parked');
      await expect(store.oldest(ref, 10)).resolves.toEqual([again]);
    });

    test('tasks are found oldest message first, as many as asked for', async () => {
      const { store, ref } = await setUp();
      const all = [
        parkedIn(ref, ACCEPTED_AT, 'msg_3'),
        parkedIn(ref, ACCEPTED_AT + 1, 'msg_2'),
        parkedIn(ref, ACCEPTED_AT + 1, 'msg_2', 2),
        parkedIn(ref, ACCEPTED_AT + 20, 'msg_1'),
      ];
      for (const one of all.toReversed()) await store.saveParked(one);
      await expect(store.oldest(ref, 10)).resolves.toEqual(all);
      await expect(store.oldest(ref, 2)).resolves.toEqual(all.slice(0, 2));
    });

    test('removed tasks are gone, and may be removed again', async () => {
      const { store, ref } = await setUp();
      const [one, two] = [parkedIn(ref, ACCEPTED_AT, 'msg_1'), parkedIn(ref, ACCEPTED_AT, 'msg_2')];
      await store.saveParked(one);
      await store.saveParked(two);
      await store.remove([one]);
      await store.remove([one]);
      await expect(store.oldest(ref, 10)).resolves.toEqual([two]);
    });

    test('a task that comes back before it was removed stays, however late it is removed', async () => {
      const { store, ref } = await setUp();
      const sentOn = parkedIn(ref, ACCEPTED_AT, 'msg_1');
      await store.saveParked(sentOn);
      const back = { ...sentOn, parkedAt: sentOn.parkedAt + 1 };
      await store.saveParked(back);
      await store.remove([sentOn]);
      await expect(store.oldest(ref, 10)).resolves.toEqual([back]);
      await store.remove([back]);
      await expect(store.oldest(ref, 10)).resolves.toEqual([]);
    });

    test('an endpoint does not see what is parked for another', async () => {
      const { store, ref } = await setUp();
      const other = { ...ref, endpointId: freshRef().endpointId };
      await store.saveParked(parkedIn(other, ACCEPTED_AT, 'msg_1'));
      await expect(store.oldest(ref, 10)).resolves.toEqual([]);
    });

    test('endpoint and application are read as they are now', async () => {
      const { store, ref } = await setUp({ disabled: true });
      const version = { kind: 'application-version', version: 7 } as const;
      await store.putVersion(ref, version);
      await expect(store.readState(ref)).resolves.toMatchObject({ endpoint: { disabled: true }, application: version });
      await expect(store.readState(freshRef())).resolves.toEqual({});
    });
  });

  describe('the time of the next look', () => {
    test('is set once, and again only when it is long over', async () => {
      const { store, ref, read } = await setUp();
      await expect(store.startWatch(ref, 1_000, 0)).resolves.toBe(true);
      await expect(store.startWatch(ref, 2_000, 1_000)).resolves.toBe(false);
      expect((await read())?.wakeAt).toBe(1_000);
      await expect(store.startWatch(ref, 2_000, 1_001)).resolves.toBe(true);
      expect((await read())?.wakeAt).toBe(2_000);
    });

    test('is taken by one of those that come at the same time', async () => {
      const { store, ref, read } = await setUp({ wakeAt: 1_000 });
      const turns = await Promise.all([2_000, 3_000, 4_000].map((next) => store.takeWatch(ref, 1_000, next)));
      expect(turns.filter((taken) => taken)).toHaveLength(1);
      const { wakeAt = 0 } = (await read()) ?? {};
      await expect(store.takeWatch(ref, 1_000, 9_000)).resolves.toBe(false);
      await expect(store.takeWatch(ref, wakeAt, undefined)).resolves.toBe(true);
      expect((await read())?.wakeAt).toBeUndefined();
      await expect(store.takeWatch(ref, wakeAt, 1)).resolves.toBe(false);
    });

    test('is kept of a deleted endpoint too: its tasks have to end', async () => {
      const { store, ref } = await setUp({ deletedAt: '2026-01-01T00:00:00Z' });
      await expect(store.startWatch(ref, 1_000, 0)).resolves.toBe(true);
    });
  });

  describe('marks', () => {
    test('a pause is lengthened and never shortened', async () => {
      const { store, at, read } = await setUp();
      await expect(store.pause(at, 5_000)).resolves.toBe(true);
      await expect(store.pause(at, 4_000)).resolves.toBe(false);
      await expect(store.pause(at, 6_000)).resolves.toBe(true);
      expect((await read())?.pausedUntil).toBe(6_000);
    });

    test('a breaker opens once, stays open by the probe that failed, and closes once', async () => {
      const { store, ref, at, read } = await setUp({ wakeAt: 1 });
      await expect(store.openBreaker(at, breaker, undefined)).resolves.toBe(true);
      await expect(store.openBreaker(at, { ...breaker, openedAt: 2_000 }, undefined)).resolves.toBe(false);
      expect(await read()).toMatchObject({ breaker, wakeAt: 31_000 });
      const longer = { ...breaker, until: 91_000, probes: 1 };
      await expect(store.openBreaker(at, longer, breaker)).resolves.toBe(true);
      await expect(store.openBreaker(at, { ...longer, until: 99_000 }, breaker)).resolves.toBe(false);
      expect(await read()).toMatchObject({ breaker: longer, wakeAt: 91_000 });
      await expect(store.closeBreaker(ref, longer, 50_000)).resolves.toBe(true);
      await expect(store.closeBreaker(ref, longer, 60_000)).resolves.toBe(false);
      expect(await read()).toMatchObject({ wakeAt: 50_000 });
      expect((await read())?.breaker).toBeUndefined();
    });

    test('an endpoint becomes slow once and quick once', async () => {
      const { store, at, read } = await setUp();
      await expect(store.setSlow(at, undefined)).resolves.toBe(false);
      await expect(store.setSlow(at, 1)).resolves.toBe(true);
      await expect(store.setSlow(at, 2)).resolves.toBe(false);
      expect((await read())?.slowSince).toBe(1);
      await expect(store.setSlow(at, undefined)).resolves.toBe(true);
      expect((await read())?.slowSince).toBeUndefined();
    });

    test.each([
      ['nothing', {}],
      ['marks of its own', { pausedUntil: 2_000, breaker, slowSince: 3, wakeAt: 31_000 }],
    ])(
      'nothing that was found of its old URL is written to an endpoint with another one that has %s',
      async (_, marks) => {
        const { store, ref, at, read } = await setUp({ ...marks, url: 'https://elsewhere.example/in' });
        const old = { ...at, url: endpoint().url };
        const before = await read();
        await expect(store.pause(old, 9_000)).resolves.toBe(false);
        await expect(store.openBreaker(old, { ...breaker, until: 91_000 }, before?.breaker)).resolves.toBe(false);
        await expect(store.setSlow(old, before?.slowSince === undefined ? 9 : undefined)).resolves.toBe(false);
        expect(await read()).toEqual(before);
        await expect(store.pause(at, 9_000)).resolves.toBe(true);
        await expect(store.openBreaker(at, { ...breaker, probes: 1 }, before?.breaker)).resolves.toBe(true);
        await expect(store.setSlow(at, before?.slowSince === undefined ? 9 : undefined)).resolves.toBe(true);
        await expect(store.closeBreaker(ref, breaker, 50_000)).resolves.toBe(true);
      },
    );

    test.each(['that is deleted', 'that was never there'])('nothing is marked of an endpoint %s', async (which) => {
      const { store, ref: standing } = await setUp({ deletedAt: '2026-01-01T00:00:00Z' });
      const ref = which === 'that is deleted' ? standing : freshRef();
      const at = { ...ref, url: endpoint().url };
      const before = await store.readState(ref);
      await expect(store.pause(at, 5_000)).resolves.toBe(false);
      await expect(store.openBreaker(at, breaker, undefined)).resolves.toBe(false);
      await expect(store.closeBreaker(ref, breaker, 1)).resolves.toBe(false);
      await expect(store.setSlow(at, 1)).resolves.toBe(false);
      await expect(store.readState(ref)).resolves.toEqual(before);
    });

    test('marks leave the settings as they are', async () => {
      const fields = { url: 'https://example.com/other', throttleRate: 7, disabled: true };
      const { store, at, read } = await setUp(fields);
      await store.pause(at, 5_000);
      await store.openBreaker(at, breaker, undefined);
      await store.setSlow(at, 1);
      expect(await read()).toMatchObject({ ...fields, pausedUntil: 5_000, breaker, slowSince: 1 });
    });
  });
};
