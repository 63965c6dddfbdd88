import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type Admission, type AdmissionPorts, admitAll } from './admission.ts';
import { attemptName } from './handle-task.ts';
import type { TaskState } from './sendable.ts';

/** What was decided on a task of the batch. */
export type AdmissionOf = (task: DeliveryTask) => Admission;

/**
 * Decides on the tasks of a batch together: those of one endpoint share its slots, and tasks of the same attempt are one. A
 * task whose state cannot be understood is not decided on: it fails by itself.
 */
export const admitBatch = async (
  tasks: readonly DeliveryTask[],
  stateOf: (task: DeliveryTask) => TaskState,
  ports: AdmissionPorts,
): Promise<AdmissionOf> => {
  const distinct = [...new Map(tasks.map((task) => [attemptName(task), task])).values()];
  const candidates = distinct.flatMap((task) => {
    const state = understood(() => stateOf(task));
    return state === undefined ? [] : [{ task, state }];
  });
  const admissions = await admitAll(candidates, ports);
  const admitted = new Map(
    candidates.map(({ task }, index) => [attemptName(task), admissions[index] as Admission] as const),
  );
  return (task) => admitted.get(attemptName(task)) ?? { kind: 'attempt', waitMs: 0 };
};

const understood = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
