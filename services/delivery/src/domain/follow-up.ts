import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';

/**
 * What a task has to do whose attempt stands recorded already: schedule the next attempt, or nothing.
 *
 * Whoever recorded the attempt may have died before it scheduled the next one. Its own copy of the task is still in the
 * queue then (or in the dead-letter queue, and comes back by a redrive), so that copy schedules again, perhaps a second
 * time, which is harmless: the next attempt has a derived key too. Any other copy has nothing to do, and if it did, a
 * repeated task would make all its retries repeated ones.
 */
export const followUp = (
  standing: AttemptRecord,
  task: DeliveryTask,
): { readonly kind: 'nothing' } | { readonly kind: 'schedule'; readonly dueAt: number } => {
  if (standing.nextAttemptAt === undefined) return { kind: 'nothing' };
  const isOurs = standing.recordedBy === undefined || standing.recordedBy === task.copyId;
  if (!isOurs) return { kind: 'nothing' };
  return { kind: 'schedule', dueAt: standing.nextAttemptAt };
};
