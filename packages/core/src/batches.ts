/** How much one call of a service takes. */
export type BatchLimits<T> = {
  readonly entries: number;
  readonly bytes: number;
  readonly bytesOf: (item: T) => number;
};

/** Splits items, in order, into batches that each fit into one call. None may be over the limit by itself. */
export const batches = <T>(items: readonly T[], { entries, bytes, bytesOf }: BatchLimits<T>): T[][] => {
  const made: T[][] = [];
  let room = 0;
  for (const item of items) {
    const size = bytesOf(item);
    const last = made.at(-1);
    if (last === undefined || last.length === entries || size > room) {
      made.push([item]);
      room = bytes - size;
    } else {
      last.push(item);
      room -= size;
    }
  }
  return made;
};
