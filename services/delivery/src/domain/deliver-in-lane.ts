import { isDestination } from '@fanfare/core/destinations/destination';
import { type DeliveryTask, hopped, type Lane } from '@fanfare/events/delivery-task';
import { type DeliverPorts, deliver, type Handled } from './deliver.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TaskState } from './sendable.ts';

/** `moved`: the task's endpoint is another lane's now, so the task was put there as it is. */
export type HandledInLane = Handled | { readonly kind: 'moved'; readonly lane: Lane };

/**
 * Delivers a task, if it is in the right lane. An endpoint's URL may have become an ARN, or an ARN a URL, while its tasks
 * were under way: such a task moves once and is no attempt. It stays the copy that it is, which may have to answer for a
 * retry: another receive of it may have made the attempt meanwhile.
 */
export const deliverInLane = async (
  lane: Lane,
  task: DeliveryTask,
  state: TaskState,
  policy: RetryPolicy,
  ports: DeliverPorts,
): Promise<HandledInLane> => {
  const right = state.standing === undefined && state.endpoint !== undefined ? laneFor(state.endpoint.url, lane) : lane;
  if (right === lane) return deliver(task, state, policy, ports);
  await ports.scheduleRetry(hopped({ ...task, lane: right }), 0);
  return { kind: 'moved', lane: right };
};

/** Whether a URL is one that this lane sends to; the lane for it otherwise. */
const laneFor = (url: string, lane: Lane): Lane => {
  if (isDestination(url)) return 'aws';
  return lane === 'aws' ? 'webhook' : lane;
};
