import { dueWriter } from '@fanfare/core/aws/due-writer';
import { attemptKey } from '@fanfare/core/keys';
import type { DeliveryTask, Lane } from '@fanfare/events/delivery-task';
import { attemptTable } from '../../../services/delivery/src/adapters/attempt-table.ts';
import { endpointHealthTable } from '../../../services/delivery/src/adapters/endpoint-health-table.ts';
import { endpointMarksTable } from '../../../services/delivery/src/adapters/endpoint-marks-table.ts';
import { retryLanes } from '../../../services/delivery/src/adapters/retry-queue.ts';
import { slotTable } from '../../../services/delivery/src/adapters/slot-table.ts';
import { type StateOf, taskStateTable } from '../../../services/delivery/src/adapters/task-state-table.ts';
import { wakeQueue } from '../../../services/delivery/src/adapters/wake-queue.ts';
import { endpointPressure } from '../../../services/delivery/src/domain/endpoint-pressure.ts';
import type { RetryPolicy } from '../../../services/delivery/src/domain/retry-policy.ts';
import type { Actor } from '../actor.ts';
import { taskLabel } from '../ledger.ts';
import { payloadObjects } from '../object-client.ts';
import { queueClients } from '../queue-client.ts';
import { LANE_URLS, PARK_URL } from '../queues.ts';
import { senders } from '../senders.ts';
import { reservedSlots } from '../slots-seen.ts';
import type { World } from '../world.ts';

/** A process that makes attempts: what it is doing, and what it has found out meanwhile. */
export type Inside = {
  actor: Actor | undefined;
  /** What was read last. */
  stateOf: StateOf | undefined;
  /** Attempts that stand recorded as far as it has read, or were sent. */
  readonly taken: Set<string>;
  /** Attempts by which an endpoint is tried. */
  readonly probes: Set<string>;
  readonly errors: unknown[];
};

/** Begins an invocation in a process. */
export const begin = (inside: Inside, actor: Actor): void => {
  Object.assign(inside, { actor, stateOf: undefined });
  inside.taken.clear();
  inside.probes.clear();
  inside.errors.length = 0;
};

/** What functions that make attempts have in common, as `attempting.ts` of delivery puts it together. */
export const attempting = (world: World, about: string, lane: Lane | 'ordered') => {
  const { table, numbered, choices } = world;
  const inside: Inside = {
    ...{ actor: undefined, stateOf: undefined },
    ...{ taken: new Set<string>(), probes: new Set<string>(), errors: [] },
  };
  const actor = (): Actor => inside.actor as Actor;
  const now = (): number => actor().now();
  const sleep = (ms: number): Promise<void> => actor().wait(ms);
  const waiting = { sleep, random: () => 0.5 };
  const client = world.clientFor(actor, about);
  const { sqs } = queueClients(world, actor);
  const keepUntilDue = dueWriter(client, 'table', now);
  const readTable = taskStateTable(client, 'table', waiting, payloadObjects(world, actor).read);
  const { taken, probes } = inside;
  const send = senders(world, { actor, stateOf: (task) => inside.stateOf?.(task), taken, probes });
  const ports = {
    send: (request: Parameters<typeof send>[1], task: DeliveryTask) => send(task, request, lane),
    openSecrets: (_ref: unknown, secrets: readonly { readonly sealed: Uint8Array }[]) =>
      actor().call({ label: 'secrets', kind: 'read', effect: () => secrets.map(({ sealed }) => sealed) }),
    openHeaders: async () => ({}),
    record: attemptTable(client, 'table'),
    changeHealth: endpointHealthTable({ client, tableName: 'table', waiting, now }),
    failingLimitMs: world.failingLimitMs,
    ...endpointMarksTable(client, 'table'),
    sendWake: wakeQueue({ client: sqs, queueUrl: PARK_URL, keepUntilDue, now }),
    reserveSlots: reservedSlots(slotTable(client, 'table'), world),
    observe: endpointPressure(world.pressure),
    onUnwritten: (_transition: unknown, error: unknown) => world.unexpected(about, error),
    sleep,
    now,
    random: () => choices.fraction(numbered('jitter')),
    mintAttemptId: () => numbered('atmpt').replace(' (', '_').replace(')', ''),
    mintCopyId: () => numbered('copy'),
  };

  const readState = async (tasks: readonly DeliveryTask[]): Promise<StateOf> => {
    const reading = readTable(tasks);
    for (const task of tasks) {
      if (table.get(attemptKey(task)) !== undefined) taken.add(taskLabel(task));
      if (task.probe) probes.add(taskLabel(task));
    }
    inside.stateOf = await reading;
    return inside.stateOf;
  };

  const retryPolicy = (): Promise<RetryPolicy> =>
    actor().call({
      label: 'policy',
      kind: 'read',
      effect: () => ({ delaysSeconds: world.delaysSeconds, byEventType: new Map() }),
    });

  const scheduleRetry = retryLanes(sqs, LANE_URLS);
  return { inside, client, sqs, waiting, keepUntilDue, scheduleRetry, readState, retryPolicy, ports };
};
