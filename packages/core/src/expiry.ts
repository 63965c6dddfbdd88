/**
 * Whether an item's time is over. The table deletes expired items days late, so whoever reads one asks first.
 * `expiresAt` is in epoch seconds; an item without one never expires.
 */
export const isExpired = (item: { readonly expiresAt?: number | undefined }, nowMs: number): boolean =>
  item.expiresAt !== undefined && item.expiresAt < Math.floor(nowMs / 1000);
