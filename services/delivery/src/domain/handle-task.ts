import { attemptKey } from '@fanfare/core/keys';
import { unreachable } from '@fanfare/core/unreachable';
import { type DeliveryTask, hopped, type Lane } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { Admission } from './admission.ts';
import { applyTransition, type TransitionPorts } from './apply-transition.ts';
import type { DeliverPorts } from './deliver.ts';
import { deliverInLane, type HandledInLane } from './deliver-in-lane.ts';
import type { AttemptedEndpoint } from './endpoint-marks.ts';
import type { Observation, Transition } from './endpoint-pressure.ts';
import { isByHand, type ParkReason } from './gate.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TaskState } from './sendable.ts';

/** What this use case needs from the outside. */
export type HandlePorts = DeliverPorts &
  TransitionPorts & {
    /** What was decided on a task of the batch. */
    readonly admissionOf: (task: DeliveryTask) => Admission;
    readonly park: (task: DeliveryTask, reason: ParkReason, endpoint: EndpointRecord) => Promise<unknown>;
    /** Of the function that this is. */
    readonly lane: Lane;
    readonly observe: (observation: Observation) => readonly Transition[];
    readonly sleep: (ms: number) => Promise<unknown>;
    /** A transition that could not be written: the next attempts will find it again. */
    readonly onUnwritten: (transition: Transition, error: unknown) => void;
  };

/** What became of a task. `changes`: what this attempt was the first to find out about its endpoint. */
export type Handled =
  | (HandledInLane & { readonly changes?: readonly Transition['kind'][] })
  | { readonly kind: 'postponed'; readonly delaySeconds: number; readonly lane: Lane }
  | { readonly kind: 'parked'; readonly reason: ParkReason };

/** Does with a task what was decided. It is sent, parked or attempted to the end, or this throws and it comes back. */
export const handleTask = async (
  task: DeliveryTask,
  state: TaskState,
  policy: RetryPolicy,
  ports: HandlePorts,
): Promise<Handled> => {
  // One whose attempt stands has nothing to wait for, whatever was decided before that was known.
  const admission = state.standing === undefined ? ports.admissionOf(task) : ATTEMPTED;
  switch (admission.kind) {
    case 'attempt':
      if (admission.waitMs > 0) await ports.sleep(admission.waitMs);
      return attempt(task, state, policy, ports);
    case 'postpone': {
      // The same copy, in another message: another receive of this one may have recorded the attempt meanwhile, and
      // whoever answers for the retry must not leave the queue with this.
      const { delaySeconds, lane } = admission;
      await ports.scheduleRetry({ ...hopped(admission.task), lane }, delaySeconds);
      return { kind: 'postponed', delaySeconds, lane };
    }
    case 'park': {
      if (state.endpoint === undefined) throw new Error('a task without an endpoint cannot be parked');
      await ports.park(admission.task, admission.reason, state.endpoint);
      return { kind: 'parked', reason: admission.reason };
    }
    default:
      return unreachable(admission);
  }
};

const ATTEMPTED: Admission = { kind: 'attempt', waitMs: 0 };

const attempt = async (
  task: DeliveryTask,
  state: TaskState,
  policy: RetryPolicy,
  ports: HandlePorts,
): Promise<Handled> => {
  const delivered = await deliverInLane(ports.lane, task, state, policy, ports);
  if (delivered.kind !== 'attempted' || state.endpoint === undefined) return delivered;
  const transitions = ports.observe({
    endpoint: state.endpoint,
    key: `${task.orgId} ${task.appId} ${task.endpointId}`,
    outcome: delivered.outcome,
    durationMs: delivered.record.responseDurationMs,
    isProbe: task.probe === true || isByHand(task),
    nowMs: ports.now(),
    random: ports.random(),
  });
  if (transitions.length === 0) return delivered;
  const changes: Transition['kind'][] = [];
  const at = { ...task, url: state.endpoint.url };
  for (const transition of transitions) {
    if (await isApplied(at, transition, ports)) changes.push(transition.kind);
  }
  return { ...delivered, changes };
};

/** The attempt is made and recorded: a mark that cannot be written is no reason to do it again. */
const isApplied = async (at: AttemptedEndpoint, transition: Transition, ports: HandlePorts): Promise<boolean> => {
  try {
    return await applyTransition(at, transition, ports);
  } catch (error) {
    ports.onUnwritten(transition, error);
    return false;
  }
};

/** Tasks of the same attempt have the same name. */
export const attemptName = (task: DeliveryTask): string => Object.values(attemptKey(task)).join(' ');
