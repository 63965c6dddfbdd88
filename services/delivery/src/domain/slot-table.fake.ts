import { MICROSECONDS, type ReserveSlots, slotsUpTo, spanOf } from './slots.ts';

/** The slots of rates in memory. */
export const fakeSlotTable = (): ReserveSlots => {
  const free = new Map<string, number>();
  return async ({ orgId, appId, ownerId }, request) => {
    const key = `${orgId} ${appId} ${ownerId}`;
    const now = request.nowMs * MICROSECONDS;
    const standing = free.get(key) ?? 0;
    if (standing >= now + request.horizonMs * MICROSECONDS) {
      return { kind: 'too-far', freeAtMs: standing / MICROSECONDS };
    }
    const freeAt = Math.max(standing, now) + spanOf(request);
    free.set(key, freeAt);
    return { kind: 'reserved', slots: slotsUpTo(freeAt, request) };
  };
};
