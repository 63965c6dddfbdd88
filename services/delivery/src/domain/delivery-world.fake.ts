import type { AttemptRecord } from '@fanfare/events/attempt-record';
import { unpackHeaders } from '@fanfare/events/custom-headers';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type DeliverPorts, deliver, type Handled } from './deliver.ts';
import type { HealthChange } from './endpoint-health.ts';
import type { AttemptOutcome } from './next-step.ts';
import type { TaskState } from './sendable.ts';
import { ACCEPTED_AT, state } from './task.fake.ts';
import type { WebhookRequest } from './webhook-request.ts';

/** The last wait is longer than a queue can hold. */
const FAILING_LIMIT_MS = 432_000_000;
export const OWN_SCHEDULE = 'invoice.voided';
export const POLICY = { delaysSeconds: [5, 60, 7_200], byEventType: new Map([[OWN_SCHEDULE, [7]]]) };

/** Where a process dies: before or after the step takes effect. */
export type Crash =
  | 'before-send'
  | 'after-send'
  | 'before-record'
  | 'after-record'
  | 'before-health'
  | 'after-health'
  | 'before-schedule'
  | 'after-schedule';

type Scheduled = { readonly task: DeliveryTask; readonly dueAt: number };

class Crashed extends Error {}

/**
 * Everything around `deliver`, in memory and with a clock of its own: a table whose records stand, a queue whose tasks come
 * back until they were handled, and an endpoint that answers what it is told to.
 */
export const deliveryWorld = (answers: readonly AttemptOutcome[] = []) => {
  let now = ACCEPTED_AT + 400;
  let minted = 0;
  const attempts = new Map<number, AttemptRecord>();
  const sent: WebhookRequest[] = [];
  const opened: number[][] = [];
  const scheduled: Scheduled[] = [];
  const health: HealthChange[] = [];
  const kept = new Map<string, Scheduled>();

  const handle = async (task: DeliveryTask, crash?: Crash, fields: Partial<TaskState> = {}): Promise<Handled> => {
    const dieAt = (point: Crash): void => {
      if (crash === point) throw new Crashed(point);
    };
    const ports: DeliverPorts = {
      openSecrets: async (_ref, secrets) => {
        opened.push(secrets.map(({ sealed }) => sealed[0] ?? 0));
        return [new Uint8Array(32)];
      },
      openHeaders: async (_ref, sealed) => unpackHeaders(sealed),
      send: async (request) => {
        dieAt('before-send');
        sent.push(request);
        dieAt('after-send');
        return answers[sent.length - 1] ?? { kind: 'answered', status: 200, body: new Uint8Array() };
      },
      record: async ({ attempt }, record) => {
        dieAt('before-record');
        const standing = attempts.get(attempt) ?? record;
        attempts.set(attempt, standing);
        dieAt('after-record');
        return standing;
      },
      scheduleRetry: async (retry, delaySeconds) => {
        dieAt('before-schedule');
        scheduled.push({ task: retry, dueAt: now + delaySeconds * 1000 });
        dieAt('after-schedule');
      },
      keepUntilDue: async (retry, dueAt) => {
        dieAt('before-schedule');
        const key = `${dueAt} ${retry.attempt}`;
        if (!kept.has(key)) kept.set(key, { task: retry, dueAt });
        dieAt('after-schedule');
      },
      changeHealth: async (_ref, change) => {
        dieAt('before-health');
        health.push(change);
        dieAt('after-health');
        return 'changed';
      },
      failingLimitMs: FAILING_LIMIT_MS,
      now: () => now,
      random: () => 0.5,
      mintAttemptId: () => `atmpt_${minted++}`,
      mintCopyId: () => `copy-${minted++}`,
    };
    const standing = attempts.get(task.attempt);
    return deliver(task, state({ ...fields, ...(standing === undefined ? {} : { standing }) }), POLICY, ports);
  };

  /** What a sweep would send on next. */
  const takeDue = (): Scheduled | undefined => {
    const [first] = [...kept].sort(([, a], [, b]) => a.dueAt - b.dueAt);
    if (first === undefined) return undefined;
    kept.delete(first[0]);
    return first[1];
  };

  return {
    takeDue,
    attempts,
    sent,
    /** The first byte of each secret that was opened, by request. */
    opened,
    scheduled,
    /** What was told about the endpoint. */
    health,
    /** What is kept until it is due. */
    kept,
    handle,
    /** As `handle`, of a process that dies there; answers nothing. */
    die: async (task: DeliveryTask, crash: Crash): Promise<void> => {
      const death = await handle(task, crash).catch((error: unknown) => error);
      if (!(death instanceof Crashed)) throw new Error(`it did not die ${crash}`);
    },
    /** Takes what is due, in order, until nothing more is scheduled. */
    drain: async (): Promise<void> => {
      for (let next = scheduled.shift() ?? takeDue(); next !== undefined; next = scheduled.shift() ?? takeDue()) {
        now = Math.max(now, next.dueAt);
        await handle(next.task);
      }
    },
    pass: (ms: number): void => {
      now += ms;
    },
    now: (): number => now,
  };
};
