import type { ReserveSlots } from '../../services/delivery/src/domain/slots.ts';
import { readable } from './names.ts';
import { ownerName } from './senders.ts';
import type { World } from './world.ts';

/** Slots are cut to microseconds. */
export const CUT_MS = 0.01;

/** Reserves as it is given, and notes what was reserved. */
export const reservedSlots =
  (reserve: ReserveSlots, { ledger }: World): ReserveSlots =>
  async (owner, request) => {
    const reservation = await reserve(owner, request);
    const name = ownerName(owner);
    if (reservation.kind === 'reserved') {
      if (reservation.slots.some((at) => at < request.nowMs - CUT_MS)) {
        ledger.violations.push(`a slot of ${readable(name)} is reserved that is over`);
      }
      ledger.slots.set(name, [...(ledger.slots.get(name) ?? []), ...reservation.slots]);
    }
    return reservation;
  };
