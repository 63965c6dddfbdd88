type Moment = { readonly at: number; readonly order: number; readonly happen: () => void };

/** Virtual time: what is to happen, in the order of its time, and at one time in the order in which it was asked for. */
export type Timeline = {
  readonly now: () => number;
  readonly after: (delayMs: number, happen: () => void) => void;
  /** Goes to the next moment and lets it happen. `false` when nothing more is to come. */
  readonly step: () => boolean;
};

export const timelineFrom = (startMs: number): Timeline => {
  let now = startMs;
  let asked = 0;
  const heap: Moment[] = [];
  const isBefore = (one: Moment, other: Moment): boolean =>
    one.at === other.at ? one.order < other.order : one.at < other.at;

  const swap = (one: number, other: number): void => {
    [heap[one], heap[other]] = [heap[other] as Moment, heap[one] as Moment];
  };
  const rise = (from: number): void => {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index] as Moment, heap[parent] as Moment)) return;
      swap(index, parent);
      index = parent;
    }
  };
  const sink = (): void => {
    let index = 0;
    for (;;) {
      const children = [2 * index + 1, 2 * index + 2].filter((child) => child < heap.length);
      const [left, right] = children;
      if (left === undefined) return;
      const least = right !== undefined && isBefore(heap[right] as Moment, heap[left] as Moment) ? right : left;
      if (!isBefore(heap[least] as Moment, heap[index] as Moment)) return;
      swap(index, least);
      index = least;
    }
  };

  return {
    now: () => now,
    after: (delayMs, happen) => {
      // Clocks tell whole milliseconds, and a wait is never shorter than was asked for.
      heap.push({ at: Math.ceil(now + delayMs), order: asked++, happen });
      rise(heap.length - 1);
    },
    step: () => {
      const next = heap[0];
      if (next === undefined) return false;
      const last = heap.pop() as Moment;
      if (heap.length > 0) {
        heap[0] = last;
        sink();
      }
      now = next.at;
      next.happen();
      return true;
    },
  };
};
