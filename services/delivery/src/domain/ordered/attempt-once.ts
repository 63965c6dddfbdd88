import { isDestination } from '@fanfare/core/destinations/destination';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type Handled, type HandlePorts, handleTask } from '../handle-task.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import type { TaskState } from '../sendable.ts';

/** What an attempt needs from the outside. What follows it is not scheduled: the cursor says when, and a look comes then. */
export type AttemptOncePorts = Omit<
  HandlePorts,
  'admissionOf' | 'park' | 'scheduleRetry' | 'keepUntilDue' | 'lane' | 'mintCopyId'
>;

/** An attempt that stands recorded: just made, or before. */
export type AttemptedOnce = Extract<Handled, { readonly kind: 'attempted' | 'dropped' }>;

/** Makes one attempt as every lane does, and with all that it says about its endpoint. */
export const attemptOnce = async (
  task: DeliveryTask,
  state: TaskState,
  waitMs: number,
  policy: RetryPolicy,
  ports: AttemptOncePorts,
): Promise<AttemptedOnce> => {
  const handled = await handleTask(task, state, policy, {
    ...ports,
    lane: isDestination(state.endpoint?.url ?? '') ? 'aws' : 'slow',
    admissionOf: () => ({ kind: 'attempt', waitMs }),
    park: nothing,
    scheduleRetry: nothing,
    keepUntilDue: nothing,
    mintCopyId: () => '',
  });
  if (handled.kind !== 'attempted' && handled.kind !== 'dropped')
    throw new Error(`an attempt in turn was ${handled.kind}`);
  return handled;
};

const nothing = async (): Promise<void> => undefined;
