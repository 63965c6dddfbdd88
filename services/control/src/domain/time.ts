export const epochSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

const DAY_SECONDS = 24 * 60 * 60;

/** How long what was deleted stays as a tombstone: as long as messages that may still name it. */
export const TOMBSTONE_SECONDS = 90 * DAY_SECONDS;
