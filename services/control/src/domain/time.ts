/**
 * The time of a change, RFC 3339. Always later than the change before it, even within one millisecond or on a slow clock:
 * a record's `updatedAt` is also what its next change is conditional on.
 */
export const laterThan = (before: string, nowMs: number): string =>
  new Date(Math.max(nowMs, Date.parse(before) + 1)).toISOString();

export const epochSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

const DAY_SECONDS = 24 * 60 * 60;

/** How long what was deleted stays as a tombstone: as long as messages that may still name it. */
export const TOMBSTONE_SECONDS = 90 * DAY_SECONDS;
