import type { ApplicationRef } from '@fanfare/core/keys';

/**
 * The slots of a rate, after the generic cell rate algorithm: one number, the time from which on the next slot is free.
 * Whoever wants slots moves it forward and owns what lies between, so that concurrent functions need not know each other.
 * Times are in microseconds, because at 500 a second a slot is 2 ms long.
 */
export const MICROSECONDS = 1000;

/** Whose rate it is: an endpoint's or an application's. */
export type SlotOwner = ApplicationRef & { readonly ownerId: string };

export type SlotRequest = {
  readonly count: number;
  /** A second. */
  readonly rate: number;
  readonly nowMs: number;
  /** Nothing is reserved while the next free slot is further away than this. */
  readonly horizonMs: number;
};

export type Reservation =
  /** Milliseconds since 1970, in order, with fractions. */
  | { readonly kind: 'reserved'; readonly slots: readonly number[] }
  | { readonly kind: 'too-far'; readonly freeAtMs: number };

/** Reserves slots one after the other, from now on. Never gives a slot twice. */
export type ReserveSlots = (owner: SlotOwner, request: SlotRequest) => Promise<Reservation>;

/** How far `count` slots reach. */
export const spanOf = ({ count, rate }: Pick<SlotRequest, 'count' | 'rate'>): number =>
  Math.max(1, Math.round((count * 1e6) / rate));

/** The slots of a reservation that ends where the next free one begins. */
export const slotsUpTo = (freeAt: number, request: SlotRequest): number[] => {
  const span = spanOf(request);
  return Array.from(
    { length: request.count },
    (_, index) => (freeAt - span + Math.floor((index * span) / request.count)) / MICROSECONDS,
  );
};
