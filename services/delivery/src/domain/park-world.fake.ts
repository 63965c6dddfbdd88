import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { Wake } from '@fanfare/events/wake';
import { type Drained, type DrainPorts, drain } from './drain.ts';
import type { ParkReason } from './gate.ts';
import type { Look } from './ordered/looked.ts';
import { type ParkPorts, parkFor } from './park.ts';
import { fakeParkStore } from './park-store.fake.ts';
import type { ParkState } from './release-parked.ts';
import { fakeSlotTable } from './slot-table.fake.ts';
import { ACCEPTED_AT, endpoint, REF, task } from './task.fake.ts';

export class Crashed extends Error {}

/** What a function may take, from its read of the table to its last write. */
const RUN_MS = 30_000;

export type Sent = { readonly task: DeliveryTask; readonly at: number; readonly sentAt: number };

/**
 * An endpoint whose tasks are parked, with everything around it in memory and a clock of its own. `chance` says how likely
 * each step is to be the last of its process, before it took effect or after.
 */
export const parkWorld = (random: () => number = () => 0.99) => {
  let now = ACCEPTED_AT;
  let chance = 0;
  const store = fakeParkStore();
  const reserveSlots = fakeSlotTable();
  const ref = { orgId: REF.orgId, appId: REF.appId, endpointId: REF.endpointId };
  /** What the queue of looks holds; each is there until it was handled. */
  let wakes: { readonly wake: Wake; readonly at: number }[] = [];
  const lane: Sent[] = [];
  /** How far the endpoint is in logs, by their ordering keys, and the looks at them that were announced. */
  const cursors = new Map<string, OrderedCursor>();
  const looks: Look[] = [];
  const drained: Drained['kind'][] = [];
  let writes = 0;
  let onceSent: (() => Promise<void>) | undefined;

  const step = async <T>(work: () => T | Promise<T>): Promise<T> => {
    now += 1;
    if (random() < chance) throw new Crashed('before');
    const result = await work();
    writes += 1;
    if (random() < chance) throw new Crashed('after');
    return result;
  };
  const sendWake = (wake: Wake) => step(() => void wakes.push({ wake, at: Math.max(now, wake.wakeAt) }));

  const parkPorts: ParkPorts = {
    saveParked: (parked) => step(() => store.saveParked(parked)),
    startWatch: (...given) => step(() => store.startWatch(...given)),
    sendWake,
    now: () => now,
  };
  const drainPorts: DrainPorts = {
    ...parkPorts,
    readState: (of) => step(() => store.readState(of)),
    oldest: (of, limit) => step(() => store.oldest(of, limit)),
    remove: (parked) => step(() => store.remove(parked)),
    takeWatch: (...given) => step(() => store.takeWatch(...given)),
    closeBreaker: (...given) => step(() => store.closeBreaker(...given)),
    readCursors: (of) =>
      step(() => ({ cursors: [...cursors.values()].filter(({ endpointId }) => endpointId === of.endpointId) })),
    announce: (look) => step(() => void looks.push(look)),
    send: (released) =>
      step(async () => {
        for (const one of released) {
          lane.push({ task: one.task, at: now + one.delaySeconds * 1000, sentAt: now });
        }
        const meanwhile = onceSent;
        onceSent = undefined;
        await meanwhile?.();
        return new Set(released);
      }),
    reserveSlots,
  };

  const state = (): Promise<ParkState> => store.readState(ref);
  const look = async ({ wake }: { readonly wake: Wake }): Promise<void> => {
    const { kind } = await drain(wake, { ratePerSecond: 50, stopAt: now + RUN_MS }, drainPorts);
    drained.push(kind);
  };

  return {
    ref,
    store,
    lane,
    cursors,
    looks,
    drained,
    now: () => now,
    writes: () => writes,
    wakes: () => wakes,
    crashWith: (probability: number): void => {
      chance = probability;
    },
    pass: (ms: number): void => {
      now += ms;
    },
    /** What happens once between the next sending and whatever follows it. */
    onceSent: (work: () => Promise<void>): void => {
      onceSent = work;
    },
    set: async (fields: Partial<EndpointRecord>): Promise<void> => {
      const { endpoint: standing = endpoint() } = await state();
      await store.putVersion(ref, { kind: 'application-version', version: 1 });
      await store.putEndpoint(ref, { ...standing, ...fields });
    },
    /** As control does when somebody enables the endpoint. */
    wakeNow: async (): Promise<void> => {
      const { endpoint: standing = endpoint() } = await state();
      wakes.push({ wake: { v: 1, ...ref, wakeAt: now }, at: now });
      await store.putEndpoint(ref, { ...standing, wakeAt: now });
    },
    /** Parks tasks of one batch, which has read the endpoint `before`, or reads it now. */
    park: async (ids: readonly string[], reason: ParkReason, before?: EndpointRecord): Promise<void> => {
      const read = before ?? (await state()).endpoint ?? endpoint();
      const park = parkFor(parkPorts);
      for (const messageId of ids) await park(task({ messageId }), reason, read, { correlation_id: 'c' });
    },
    /** Handles the next look that is due, again until it was handled to its end. Answers whether there was one. */
    lookOnce: async (): Promise<boolean> => {
      const [next] = wakes.toSorted((a, b) => a.at - b.at);
      if (next === undefined) return false;
      now = Math.max(now, next.at);
      try {
        await look(next);
        wakes = wakes.filter((one) => one !== next);
      } catch (error) {
        if (!(error instanceof Crashed)) throw error;
        now += 5_000;
      }
      return true;
    },
  };
};
