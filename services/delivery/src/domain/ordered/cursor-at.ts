import type { CursorRef } from '@fanfare/core/keys';
import { CURSOR_SECONDS, type OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { Hold } from './hold.ts';
import type { Position } from './next-in-log.ts';

/** Whoever works on a log, and until when nobody else does, in milliseconds since 1970. */
export type Lease = { readonly leaseId: string; readonly leaseUntil: number };

/** A cursor as it is written. Nobody works on it without a lease; nothing holds it up without a hold. */
export const cursorAt = (
  { endpointId, orderingKey }: CursorRef,
  { next, attempt }: Position,
  { lease, hold }: { readonly lease?: Lease | undefined; readonly hold?: Hold | undefined },
  nowMs: number,
): OrderedCursor => ({
  kind: 'ordered-cursor',
  endpointId,
  orderingKey,
  next,
  attempt,
  ...(hold === undefined ? {} : { blockedUntil: Math.ceil(hold.until), blockedBy: hold.reason }),
  ...(hold?.slotAt === undefined ? {} : { slotAt: hold.slotAt }),
  ...lease,
  expiresAt: Math.floor(nowMs / 1000) + CURSOR_SECONDS,
});

/** A cursor that somebody works on from now on. What held it up stays: it tells when the next attempt is due. */
export const leasedCursor = (
  ref: CursorRef,
  position: Position,
  seen: OrderedCursor | undefined,
  lease: Lease,
  nowMs: number,
): OrderedCursor => {
  const { blockedUntil, blockedBy, slotAt } = seen ?? {};
  return {
    ...cursorAt(ref, position, { lease }, nowMs),
    ...(blockedUntil === undefined ? {} : { blockedUntil }),
    ...(blockedBy === undefined ? {} : { blockedBy }),
    ...(slotAt === undefined ? {} : { slotAt }),
  };
};
