import type { MessageRef } from '@fanfare/core/keys';
import { parsePayloadObjectKey, payloadDay } from '@fanfare/core/payload-object';

/** `writtenAt` is in milliseconds since 1970. */
type SeenObject = { readonly key: string; readonly version: string; readonly writtenAt: number };

/** What this use case needs from the outside. */
export type SweepPayloadsPorts = {
  /** The objects of a day as they are now, page by page. */
  readonly objectsOf: (day: string) => AsyncIterable<readonly SeenObject[]>;
  /** Of these messages, those that stand. Sees every write that was answered. */
  readonly standing: (refs: readonly MessageRef[]) => Promise<ReadonlySet<string>>;
  /** Removes objects as they were seen: one that was written again meanwhile stays. */
  readonly remove: (objects: readonly SeenObject[]) => Promise<void>;
  /** How long ago an object was written at the least. What is younger may be on its way to its message. */
  readonly minimumAgeMs: number;
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
 * How many days ago the message was accepted. A call that is repeated completes it within twelve hours. An event of a queue or a
 * stream may come later, and then writes the object again first. Each day is looked at twice, so that one run may fail.
 */
const DAYS_AGO = [2, 3] as const;

/** Removes the objects that no message refers to: their calls died between the two, or were refused. */
export const sweepPayloads = async (stopAt: number, ports: SweepPayloadsPorts): Promise<SweptPayloads> => {
  const done = { looked: 0, removed: 0, unknown: 0 };
  for (const daysAgo of DAYS_AGO) {
    for await (const objects of ports.objectsOf(payloadDay(ports.now() - daysAgo * DAY_MS))) {
      if (ports.now() > stopAt) return { ...done, stopped: true };
      const known = objects.flatMap((object) => {
        const ref = parsePayloadObjectKey(object.key);
        return ref === undefined ? [] : [{ object, ref }];
      });
      const settled = known.filter(({ object }) => object.writtenAt + ports.minimumAgeMs <= ports.now());
      const standing = await ports.standing(settled.map(({ ref }) => ref));
      const orphans = settled.filter(({ ref }) => !standing.has(ref.messageId)).map(({ object }) => object);
      if (orphans.length > 0) await ports.remove(orphans);
      done.looked += objects.length;
      done.removed += orphans.length;
      done.unknown += objects.length - known.length;
    }
  }
  return { ...done, stopped: false };
};
