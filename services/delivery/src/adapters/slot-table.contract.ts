import { randomUUID } from 'node:crypto';
import type { Reservation, ReserveSlots, SlotOwner } from '../domain/slots.ts';
import { REF } from '../domain/task.fake.ts';

const NOW = 1_800_000_000_000;
const owner = (): SlotOwner => ({ orgId: REF.orgId, appId: REF.appId, ownerId: `ep_${randomUUID()}` });
const slots = (reservation: Reservation): readonly number[] => {
  if (reservation.kind !== 'reserved') throw new Error('nothing was reserved');
  return reservation.slots;
};
const request = (fields: object = {}) => ({ count: 1, rate: 10, nowMs: NOW, horizonMs: 60_000, ...fields });

/** The promises that every keeper of slots keeps. */
export const slotTableContract = (makeStore: () => Promise<ReserveSlots>): void => {
  test('the first slot of an idle rate is now, and the next ones follow at the rate', async () => {
    const reserve = await makeStore();
    const one = owner();
    expect(slots(await reserve(one, request({ count: 3 })))).toEqual([NOW, NOW + 100, NOW + 200]);
    expect(slots(await reserve(one, request({ count: 2 })))).toEqual([NOW + 300, NOW + 400]);
  });

  test('what was not used in time is not made up for', async () => {
    const reserve = await makeStore();
    const one = owner();
    await reserve(one, request({ count: 3 }));
    expect(slots(await reserve(one, request({ nowMs: NOW + 10_000, count: 2 })))).toEqual([NOW + 10_000, NOW + 10_100]);
  });

  test('rates do not share slots', async () => {
    const reserve = await makeStore();
    expect(slots(await reserve(owner(), request()))).toEqual([NOW]);
    expect(slots(await reserve(owner(), request()))).toEqual([NOW]);
  });

  test('nothing is reserved beyond the horizon, and the answer says when the next slot is free', async () => {
    const reserve = await makeStore();
    const one = owner();
    await reserve(one, request({ rate: 1, count: 60 }));
    await expect(reserve(one, request({ rate: 1 }))).resolves.toEqual({ kind: 'too-far', freeAtMs: NOW + 60_000 });
    await expect(reserve(one, request({ rate: 1, nowMs: NOW + 1 }))).resolves.toMatchObject({ kind: 'reserved' });
  });

  test.each([1, 3, 10, 100, 500, 65_535])(
    'of %d a second that many are given in ten seconds, times ten',
    async (rate) => {
      const reserve = await makeStore();
      const one = owner();
      const given: number[] = [];
      while (given.length === 0 || (given.at(-1) ?? 0) < NOW + 10_000) {
        given.push(...slots(await reserve(one, request({ rate, count: Math.max(1, Math.ceil(rate / 3)) }))));
      }
      const inTenSeconds = given.filter((at) => at < NOW + 10_000).length;
      expect(Math.abs(inTenSeconds - rate * 10)).toBeLessThanOrEqual(Math.max(1, rate / 100));
    },
  );

  test('functions that reserve at the same time get slots of their own', async () => {
    const reserve = await makeStore();
    const one = owner();
    const batches = await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        slots(await reserve(one, request({ rate: 500, count: 1 + (index % 10) }))),
      ),
    );
    const all = batches.flat().toSorted((a, b) => a - b);
    expect(all).toHaveLength(220);
    expect(new Set(all).size).toBe(220);
    expect(all.at(-1)).toBe(NOW + 219 * 2);
  });
};
