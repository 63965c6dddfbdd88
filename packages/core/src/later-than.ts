/**
 * The time of a change, RFC 3339. Always later than the change before it, even within one millisecond or on a slow clock: a
 * record's `updatedAt` tells one state of it from the next, and is what other writes are conditional on.
 */
export const laterThan = (before: string, nowMs: number): string =>
  new Date(Math.max(nowMs, Date.parse(before) + 1)).toISOString();
