import { attemptKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type DeliverPorts, deliver, type Handled } from './deliver.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TaskState } from './sendable.ts';

/** What was read for all tasks of a batch at once. `stateOf` throws for a task whose items cannot be understood. */
export type Prepared = { readonly stateOf: (task: DeliveryTask) => TaskState; readonly policy: RetryPolicy };

/** Delivers one task of the batch. Throws when the task should come back. */
export type DeliverTask = (task: DeliveryTask, ports: DeliverPorts) => Promise<Handled>;

/**
 * The tasks of one batch, which are delivered at the same time. Tasks of one attempt make it once: a later one waits for
 * the first. If that was dropped and scheduled nothing, the later one may be the copy that has to (see `followUp`), so it
 * looks for itself.
 */
export const taskBatch = (prepared: Promise<Prepared>): DeliverTask => {
  prepared.catch(() => undefined); // each task that needs it sees the failure
  const underWay = new Map<string, Promise<Handled>>();
  return async (task, ports) => {
    const { stateOf, policy } = await prepared;
    const attempt = Object.values(attemptKey(task)).join(' ');
    const first = underWay.get(attempt);
    if (first === undefined) {
      const running = deliver(task, stateOf(task), policy, ports);
      underWay.set(attempt, running);
      return running;
    }
    const { record, ...handled } = await first;
    if (handled.kind === 'attempted' || handled.scheduled) return { kind: 'dropped', scheduled: false, record };
    return deliver(task, { ...stateOf(task), standing: record }, policy, ports);
  };
};
