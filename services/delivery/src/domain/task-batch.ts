import { attemptKey } from '@fanfare/core/keys';
import { type DeliveryTask, hasHoppedTooOften } from '@fanfare/events/delivery-task';
import type { DeliverPorts } from './deliver.ts';
import type { HandledInLane } from './deliver-in-lane.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TaskState } from './sendable.ts';

/** What was read for all tasks of a batch at once. `stateOf` throws for a task whose items cannot be understood. */
export type Prepared = { readonly stateOf: (task: DeliveryTask) => TaskState; readonly policy: RetryPolicy };

/** Delivers a task as its lane does. */
type DeliverInState = (
  task: DeliveryTask,
  state: TaskState,
  policy: RetryPolicy,
  ports: DeliverPorts,
) => Promise<HandledInLane>;

/** Delivers one task of the batch. Throws when the task should come back. */
export type DeliverTask = (task: DeliveryTask, ports: DeliverPorts) => Promise<HandledInLane>;

/** It goes the way of what we cannot handle: received again until the queue hands it over to the dead letters. */
export class HoppedTooOften extends Error {
  override readonly name = 'HoppedTooOften';
  constructor({ hops }: DeliveryTask) {
    super(`the task went back into its lane ${hops} times, and its attempt was never made`);
  }
}

/**
 * The tasks of one batch, which are delivered at the same time. Tasks of one attempt make it once: a later one waits for
 * the first. If that was dropped and scheduled nothing, the later one may be the copy that has to (see `followUp`), so it
 * looks for itself.
 */
export const taskBatch = (prepared: Promise<Prepared>, deliver: DeliverInState): DeliverTask => {
  prepared.catch(() => undefined); // each task that needs it sees the failure
  const underWay = new Map<string, Promise<HandledInLane>>();
  return async (task, ports) => {
    const { stateOf, policy } = await prepared;
    const state = stateOf(task);
    if (state.standing === undefined && hasHoppedTooOften(task)) throw new HoppedTooOften(task);
    const attempt = Object.values(attemptKey(task)).join(' ');
    const first = underWay.get(attempt);
    if (first === undefined) {
      const running = deliver(task, state, policy, ports);
      underWay.set(attempt, running);
      return running;
    }
    const handled = await first;
    if (handled.kind === 'moved') return deliver(task, state, policy, ports);
    const { record } = handled;
    if (handled.kind === 'attempted' || handled.scheduled) return { kind: 'dropped', scheduled: false, record };
    return deliver(task, { ...state, standing: record }, policy, ports);
  };
};
