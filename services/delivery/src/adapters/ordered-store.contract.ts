import { mintId } from '@fanfare/core/ids';
import type { CursorRef } from '@fanfare/core/keys';
import { cursor as cursorOf, entry } from '../domain/ordered/log.fake.ts';
import type { OrderedStore } from '../domain/ordered/ordered-store.fake.ts';
import { endpoint, REF } from '../domain/task.fake.ts';
import { LOG_PAGE_SIZE } from './ordered-table.ts';

let made = 0;
/** An application of its own, so that tests do not meet in a table that lives on. */
const freshRef = (): CursorRef => {
  made += 1;
  const random = new Uint8Array(15).fill(made);
  const [appId, endpointId] = [mintId('app', Date.now(), random), mintId('ep', Date.now(), random)];
  return { orgId: REF.orgId, appId, endpointId, orderingKey: 'customer-1' };
};
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The promises that every store of logs and cursors keeps. */
export const orderedStoreContract = (makeStore: () => Promise<OrderedStore>): void => {
  const setUp = async () => {
    const store = await makeStore();
    const ref = freshRef();
    const { endpointId, orderingKey } = ref;
    const expiresAt = Math.floor(Date.now() / 1000) + 1_000;
    const cursor = (fields: Partial<ReturnType<typeof cursorOf>> = {}) =>
      cursorOf({ endpointId, orderingKey, expiresAt, ...fields });
    return { store, ref, cursor };
  };

  describe('a cursor', () => {
    test('is written once by those who find none, and read with its endpoint and application', async () => {
      const { store, ref, cursor } = await setUp();
      await store.putEndpoint(ref, endpoint({ id: ref.endpointId, orderedSince: 5 }));
      await store.putVersion(ref, { kind: 'application-version', version: 7, orderedEndpoints: 1 });
      await expect(store.readState(ref)).resolves.toMatchObject({
        application: { version: 7 },
        endpoint: { orderedSince: 5 },
      });
      await expect(store.moveCursor(ref, undefined, cursor({ next: 4 }))).resolves.toBe(true);
      await expect(store.moveCursor(ref, undefined, cursor({ next: 9 }))).resolves.toBe(false);
      await expect(store.readState(ref)).resolves.toMatchObject({ cursor: cursor({ next: 4 }) });
    });

    test('moves for whoever saw it as it is, and for nobody who saw it before', async () => {
      const { store, ref, cursor } = await setUp();
      const first = cursor({ next: 4, attempt: 2 });
      await store.moveCursor(ref, undefined, first);
      const leased = { ...first, leaseId: 'a', leaseUntil: 5 };
      await expect(store.moveCursor(ref, first, leased)).resolves.toBe(true);
      for (const stale of [first, { ...leased, next: 3 }, { ...leased, attempt: 1 }, { ...leased, leaseId: 'b' }]) {
        await expect(store.moveCursor(ref, stale, cursor({ next: 9 }))).resolves.toBe(false);
      }
      const blocked = cursor({ next: 5, blockedUntil: 60, blockedBy: 'retry' });
      await expect(store.moveCursor(ref, leased, blocked)).resolves.toBe(true);
      expect((await store.readState(ref)).cursor).toEqual(blocked);
    });

    test('that was written, and is written again by whoever did not hear of it, is theirs', async () => {
      const { store, ref, cursor } = await setUp();
      const first = cursor({ leaseId: 'a', leaseUntil: 5 });
      for (const _ of [1, 2]) await expect(store.moveCursor(ref, undefined, first)).resolves.toBe(true);
      const blocked = cursor({ blockedUntil: 60, blockedBy: 'retry', attempt: 2 });
      for (const _ of [1, 2]) await expect(store.moveCursor(ref, first, blocked)).resolves.toBe(true);
      await expect(store.moveCursor(ref, first, { ...blocked, leaseId: 'b' })).resolves.toBe(false);
    });

    test('of which two write at once moves for one of them', async () => {
      const { store, ref, cursor } = await setUp();
      const first = cursor();
      await store.moveCursor(ref, undefined, first);
      const moves = ['a', 'b', 'c'].map((leaseId) =>
        store.moveCursor(ref, first, { ...first, leaseId, leaseUntil: 5 }),
      );
      expect((await Promise.all(moves)).filter(Boolean)).toHaveLength(1);
    });

    test('whose time is over is not there, and begins anew', async () => {
      const { store, ref, cursor } = await setUp();
      await store.moveCursor(ref, undefined, cursor({ next: 4, expiresAt: 1 }));
      expect((await store.readState(ref)).cursor).toBeUndefined();
      await expect(store.moveCursor(ref, undefined, cursor({ next: 1 }))).resolves.toBe(true);
    });

    test('is one of its endpoint, each of which is found once', async () => {
      const { store, ref, cursor } = await setUp();
      const keys = numbers(1, 30).map((number) => `key-${String(number).padStart(2, '0')}`);
      for (const orderingKey of keys) {
        await store.moveCursor({ ...ref, orderingKey }, undefined, cursor({ orderingKey }));
      }
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.readCursors(ref, after);
        found.push(...page.cursors.map(({ orderingKey }) => orderingKey));
        after = page.after;
      } while (after !== undefined);
      expect(found).toEqual(keys);
    });
  });

  describe('a log', () => {
    test('is read from a number on, the lowest first, to its end', async () => {
      const { store, ref } = await setUp();
      for (const number of [3, 1, 12, 9]) await store.putLogItem(ref, entry(number));
      await store.putLogItem({ ...ref, orderingKey: 'customer-2' }, entry(4));
      await expect(store.readLog(ref, 3)).resolves.toEqual({ items: [entry(3), entry(9), entry(12)], isLast: true });
      await expect(store.readLog(ref, 13)).resolves.toEqual({ items: [], isLast: true });
    });

    test('is read back from a number on, the highest first', async () => {
      const { store, ref } = await setUp();
      for (const number of [3, 1, 12, 9]) await store.putLogItem(ref, entry(number));
      await expect(store.readLogBack(ref, 9)).resolves.toEqual({ items: [entry(9), entry(3), entry(1)], isLast: true });
      await expect(store.readLogBack(ref, 10)).resolves.toMatchObject({
        items: [{ number: 9 }, { number: 3 }, { number: 1 }],
      });
    });

    test('is read in pages of which each says whether something may lie behind it', async () => {
      const { store, ref } = await setUp();
      for (const number of numbers(1, LOG_PAGE_SIZE + 1)) await store.putLogItem(ref, entry(number));
      const { items, isLast } = await store.readLog(ref, 1);
      expect(items.map(({ number }) => number)).toEqual(numbers(1, LOG_PAGE_SIZE));
      expect(isLast).toBe(false);
      await expect(store.readLog(ref, LOG_PAGE_SIZE + 1)).resolves.toMatchObject({ items: [{}], isLast: true });
    });

    test('has a number closed at which nothing stands, and none at which something does', async () => {
      const { store, ref } = await setUp();
      await store.putLogItem(ref, entry(1));
      await expect(store.closeNumber(ref, 1)).resolves.toBe('taken');
      await expect(store.closeNumber(ref, 2)).resolves.toBe('closed');
      await expect(store.closeNumber(ref, 2)).resolves.toBe('taken');
      await expect(store.readLog(ref, 1)).resolves.toMatchObject({
        items: [entry(1), { kind: 'log-hole', number: 2 }],
      });
    });
  });
};
