import type { MessageRef } from '@fanfare/core/keys';
import { parsePayloadObjectKey, payloadDay } from '@fanfare/core/payload-object';

/** What this use case needs from the outside. */
export type SweepPayloadsPorts = {
  /** The keys of the objects of a day, page by page. */
  readonly keysOf: (day: string) => AsyncIterable<readonly string[]>;
  /** Of these messages, those that stand. Sees every write that was answered. */
  readonly standing: (refs: readonly MessageRef[]) => Promise<ReadonlySet<string>>;
  readonly remove: (keys: readonly string[]) => Promise<void>;
  readonly now: () => number;
};

/** What a run did. `unknown`: keys that no message of ours has. `stopped`: its time was over before it had seen all. */
export type SweptPayloads = {
  readonly looked: number;
  readonly removed: number;
  readonly unknown: number;
  readonly stopped: boolean;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How many days ago. A call that is repeated completes its message within twelve hours, so what nobody refers to after a whole
 * day never will be. Each day is looked at twice: by the next run too, if one fails or does not get to the end.
 */
const DAYS_AGO = [2, 3] as const;

/** Removes the objects that no message refers to: their calls died between the two, or were refused. */
export const sweepPayloads = async (stopAt: number, ports: SweepPayloadsPorts): Promise<SweptPayloads> => {
  const done = { looked: 0, removed: 0, unknown: 0 };
  for (const daysAgo of DAYS_AGO) {
    for await (const keys of ports.keysOf(payloadDay(ports.now() - daysAgo * DAY_MS))) {
      if (ports.now() > stopAt) return { ...done, stopped: true };
      const known = keys.flatMap((key) => {
        const ref = parsePayloadObjectKey(key);
        return ref === undefined ? [] : [{ key, ref }];
      });
      const standing = await ports.standing(known.map(({ ref }) => ref));
      const orphans = known.filter(({ ref }) => !standing.has(ref.messageId)).map(({ key }) => key);
      if (orphans.length > 0) await ports.remove(orphans);
      done.looked += keys.length;
      done.removed += orphans.length;
      done.unknown += keys.length - known.length;
    }
  }
  return { ...done, stopped: false };
};
