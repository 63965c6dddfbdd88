import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { LogItem } from '@fanfare/events/ordered-log';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import { admitAll } from '../admission.ts';
import type { AttemptOutcome } from '../next-step.ts';
import type { TaskState } from '../sendable.ts';
import { fakeSlotTable } from '../slot-table.fake.ts';
import { ACCEPTED_AT, endpoint, REF } from '../task.fake.ts';
import { attemptOnce } from './attempt-once.ts';
import { entry, KEY } from './log.fake.ts';
import { type LookPorts, lookAtLog } from './look-at-log.ts';
import type { Looked } from './looked.ts';
import { fakeOrderedStore } from './ordered-store.fake.ts';

export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** Limits of the real function, and of its queue. */
const RUN_MS = 45_000;
const VISIBILITY_MS = 270_000;
const MARGIN_MS = 2_000;
const ATTEMPT_MS = 20_000;
const LEASE_MS = 90_000;

export const CURSOR_REF = { orgId: REF.orgId, appId: REF.appId, endpointId: REF.endpointId, orderingKey: KEY };
export const ORDERED_SINCE = ACCEPTED_AT - 1_000;

export type Request = { readonly messageId: string; readonly succeeded: boolean; readonly at: number };
type Queued = { readonly wake: OrderedWake; readonly at: number };

/**
 * An ordered endpoint and its log, with everything around them in memory and a clock of its own. `chance` says how likely
 * each step of a worker is to be its last, before it took effect or after. The queue gives a wake-up back until it was handled.
 */
export const orderedWorld = (answer: (request: number, messageId: string) => AttemptOutcome, random = () => 0.99) => {
  let now = ACCEPTED_AT + 60_000;
  let minted = 0;
  let chance = 0;
  let queue: Queued[] = [];
  const store = fakeOrderedStore(() => now, 5);
  const reserveSlots = fakeSlotTable();
  const attempts = new Map<string, AttemptRecord>();
  const requests: Request[] = [];
  const released: { readonly task: DeliveryTask; readonly dueAt: number }[] = [];
  const looked: Looked['kind'][] = [];

  const step = async <T>(work: () => T | Promise<T>): Promise<T> => {
    now += 1;
    await Promise.resolve();
    if (random() < chance) throw new Crashed('before');
    const result = await work();
    if (random() < chance) throw new Crashed('after');
    return result;
  };
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const nameOf = (task: DeliveryTask): string => `${task.messageId} ${task.attempt}`;

  const ports: LookPorts = {
    readState: (ref) => step(() => store.readState(ref)),
    moveCursor: (...given) => step(() => store.moveCursor(...given)),
    readLog: (...given) => step(() => store.readLog(...given)),
    readLogBack: (...given) => step(() => store.readLogBack(...given)),
    closeNumber: (...given) => step(() => store.closeNumber(...given)),
    announce: (wake) => step(() => void queue.push({ wake, at: Math.max(now, wake.wakeAt) })),
    taskState: (task) =>
      step(async () => {
        const { endpoint: standing, application } = await store.readState(CURSOR_REF);
        const record = attempts.get(nameOf(task));
        return {
          ...(record && { standing: record }),
          ...(standing && { endpoint: standing }),
          ...(application && { application }),
          message: {
            kind: 'message',
            eventType: task.eventType,
            payload: new TextEncoder().encode(task.messageId),
            encoding: 'identity',
            acceptedAt: ACCEPTED_AT,
            appVersion: 3,
            correlationId: 'c',
            payloadExpiresAt: ACCEPTED_AT / 1000 + 7_776_000,
            expiresAt: ACCEPTED_AT / 1000 + 7_776_000,
          },
        } satisfies TaskState;
      }),
    admit: async (task, state) =>
      (await admitAll([{ task, state }], { reserveSlots, lane: 'slow', now: () => now, random }))[0] as never,
    attempt: async (task, state, waitMs) => (await attemptOnce(task, state, waitMs, POLICY, attemptPorts)).record,
    release: (task, dueAt) => step(() => void released.push({ task, dueAt })),
    sleep,
    now: () => now,
    mintCopyId: () => `copy-${minted++}`,
    mintLeaseId: () => `lease-${minted++}`,
  };
  const attemptPorts: Parameters<typeof attemptOnce>[4] = {
    openSecrets: async () => [new Uint8Array(32)],
    openHeaders: async () => ({}),
    send: (_request, task) =>
      step(() => {
        const outcome = answer(requests.length, task.messageId);
        now += 20;
        const succeeded = outcome.kind === 'answered' && outcome.status < 300;
        requests.push({ messageId: task.messageId, succeeded, at: now });
        return outcome;
      }),
    record: (task, record) =>
      step(() => {
        const standing = attempts.get(nameOf(task)) ?? record;
        attempts.set(nameOf(task), standing);
        return standing;
      }),
    changeHealth: async (_ref, change) => {
      if (change.kind === 'disable') await set({ disabled: true });
      return 'changed';
    },
    failingLimitMs: 432_000_000,
    observe: () => [],
    onUnwritten: () => undefined,
    startWatch: async () => true,
    takeWatch: async () => true,
    pause: async () => true,
    openBreaker: async () => true,
    closeBreaker: async () => true,
    setSlow: async () => true,
    sendWake: async () => undefined,
    sleep,
    now: () => now,
    random: () => 0.5,
    mintAttemptId: () => `atmpt_${minted++}`,
  };

  const set = async (fields: Partial<EndpointRecord>): Promise<void> => {
    const { endpoint: standing = endpoint({ orderedSince: ORDERED_SINCE }) } = await store.readState(CURSOR_REF);
    await store.putEndpoint(CURSOR_REF, { ...standing, ...fields });
  };
  const settings = () => ({ stopAt: now + RUN_MS - MARGIN_MS, attemptMs: ATTEMPT_MS, leaseMs: LEASE_MS });

  return {
    store,
    requests,
    attempts,
    released,
    looked,
    now: () => now,
    queue: () => queue,
    set,
    setUp: async (fields: Partial<EndpointRecord> = {}): Promise<void> => {
      await store.putVersion(CURSOR_REF, { kind: 'application-version', version: 3, orderedEndpoints: 1 });
      await set(fields);
    },
    post: async (...items: readonly LogItem[]): Promise<void> => {
      for (const item of items) await store.putLogItem(CURSOR_REF, item);
    },
    postNumbers: async (from: number, to: number): Promise<void> => {
      for (let number = from; number <= to; number += 1) await store.putLogItem(CURSOR_REF, entry(number));
    },
    cursor: async () => (await store.readState(CURSOR_REF)).cursor,
    crashWith: (probability: number): void => {
      chance = probability;
    },
    pass: (ms: number): void => {
      now += ms;
    },
    wake: (number: number, fields: Partial<OrderedWake> = {}): void => {
      queue.push({ wake: { v: 2, ...CURSOR_REF, number, ...fields }, at: now });
    },
    /** Looks at the log, as a function that was given this wake-up. */
    look: async (wake: Partial<OrderedWake> & { readonly number: number }): Promise<Looked> =>
      lookAtLog({ v: 2, ...CURSOR_REF, ...wake }, settings(), ports),
    /** Handles the next wake-up, again until it was handled. Answers whether there was one. */
    lookOnce: async (): Promise<boolean> => {
      const [next] = queue.toSorted((a, b) => a.at - b.at);
      if (next === undefined) return false;
      now = Math.max(now, next.at);
      queue = queue.filter((one) => one !== next);
      try {
        looked.push((await lookAtLog(next.wake, settings(), ports)).kind);
      } catch (error) {
        if (!(error instanceof Crashed)) throw error;
        queue.push({ wake: next.wake, at: now + VISIBILITY_MS });
      }
      return true;
    },
  };
};

/** Two retries, the second one far away. */
export const POLICY = { delaysSeconds: [5, 3_600] };

export const OK: AttemptOutcome = { kind: 'answered', status: 200, body: new Uint8Array() };
export const FAILED: AttemptOutcome = { kind: 'answered', status: 500, body: new Uint8Array() };
