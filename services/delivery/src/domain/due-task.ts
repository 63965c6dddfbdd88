import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { DueTask } from '@fanfare/events/due-item';

/** A task as it is kept until it is due: without its payload, which the message has and the next attempt reads there. */
export const dueTaskOf = (
  { payload: _, ...task }: DeliveryTask,
  dueAt: number,
  attributes: Readonly<Record<string, string>>,
): DueTask => ({ kind: 'due', what: 'task', dueAt, task, attributes: { ...attributes } });
