import { deliveryTasks } from '@fanfare/core/deliveries/delivery-tasks';
import { laneOfEndpoint } from '@fanfare/core/deliveries/lane-of-endpoint';
import { type PublishTasks, publicationOf } from '@fanfare/core/deliveries/publication';
import type { ApplicationRef, BackgroundTaskRef, EndpointRef } from '@fanfare/core/keys';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ReplayTask } from '@fanfare/events/replay-task';
import type { ChangeTask } from './background-tasks.ts';
import { type Hold, type HoldPorts, holdOf } from './hold.ts';
import { type Pace, paceOf, waitAfter } from './pace.ts';
import { type Chosen, type SelectionPorts, selectNext } from './selection.ts';
import type { RunInput } from './start-replay.ts';

/** What this use case needs from the outside. Reads by key see every write that was answered. */
export type StepPorts = SelectionPorts &
  HoldPorts & {
    readonly findReplay: (ref: BackgroundTaskRef) => Promise<ReplayTask | undefined>;
    /** A deleted one too, as long as its tombstone stands. */
    readonly findApplicationVersion: (ref: ApplicationRef) => Promise<VersionRecord | undefined>;
    readonly findEndpointById: (ref: EndpointRef) => Promise<EndpointRecord | undefined>;
    readonly change: ChangeTask;
    readonly publish: PublishTasks;
  };

export type StepSettings = {
  /** Messages a second where no lower rate is set. */
  readonly ratePerSecond: number;
  /** Steps of one execution: a step takes about ten events of its history, of which AWS allows 25,000. */
  readonly stepsPerExecution: number;
};

/** What the state machine does next. `again`: the next step. `continue`: the same in a new execution. */
export type StepTaken = RunInput & {
  readonly next: 'again' | 'wait' | 'continue' | 'end';
  readonly waitSeconds: number;
  /** What came of it, for the log. */
  readonly scanned: number;
  readonly sent: number;
};

const LOST_RACE_WAIT_SECONDS = 1;

type Moved = Pick<StepTaken, 'next' | 'waitSeconds'> & { readonly scanned?: number; readonly sent?: number };

/**
 * Takes one step of a replay: looks at the next messages, publishes the attempts that are wanted, and moves the cursor on the
 * condition that nobody moved it meanwhile. Published first and moved then: a step that crashed in between, or that two
 * take at once, publishes the same tasks again, whose attempts have the same keys.
 */
export const takeStep = async (input: RunInput, settings: StepSettings, ports: StepPorts): Promise<StepTaken> => {
  const task = await ports.findReplay(input);
  const moved: Moved = task?.status === 'running' ? await move(input.orgId, task, settings, ports) : END;
  const page = input.page + 1;
  const isLong = moved.next !== 'end' && page >= settings.stepsPerExecution;
  return {
    orgId: input.orgId,
    taskId: input.taskId,
    // The name of the execution that follows is made of it.
    execution: isLong ? input.execution + 1 : input.execution,
    page,
    next: isLong ? 'continue' : moved.next,
    waitSeconds: moved.waitSeconds,
    scanned: moved.scanned ?? 0,
    sent: moved.sent ?? 0,
  };
};

const END: Moved = { next: 'end', waitSeconds: 0 };
const LOST_RACE: Moved = { next: 'wait', waitSeconds: LOST_RACE_WAIT_SECONDS };

const move = async (orgId: string, task: ReplayTask, settings: StepSettings, ports: StepPorts): Promise<Moved> => {
  const { appId, endpointId } = task;
  const [application, endpoint] = await Promise.all([
    ports.findApplicationVersion({ orgId, appId }),
    ports.findEndpointById({ orgId, appId, endpointId }),
  ]);
  if (application === undefined || application.deletedAt !== undefined) {
    return fail(orgId, task, 'application-deleted', ports);
  }
  if (endpoint === undefined || endpoint.deletedAt !== undefined) return fail(orgId, task, 'endpoint-deleted', ports);
  if (endpoint.orderedSince !== undefined) return fail(orgId, task, 'endpoint-ordered', ports);
  if (endpoint.disabled) return fail(orgId, task, 'endpoint-disabled', ports);
  const hold = task.dryRun === true ? undefined : await holdOf(endpoint, ports);
  return hold === undefined
    ? sendNext(orgId, task, endpoint, paceOf(settings.ratePerSecond, endpoint, application), ports)
    : wait(orgId, task, hold, ports);
};

const sendNext = async (
  orgId: string,
  task: ReplayTask,
  endpoint: EndpointRecord,
  pace: Pace,
  ports: StepPorts,
): Promise<Moved> => {
  const { chosen, scanned, cursor, done } = await selectNext(orgId, task, endpoint, pace.most, ports);
  const sent = task.dryRun === true ? 0 : chosen.length;
  if (sent > 0) await ports.publish(chosen.map((one) => publicationFor(orgId, task, endpoint, one)));
  const outcome = await ports.change(orgId, task, {
    ...(done ? { status: 'finished' as const } : {}),
    ...(cursor === undefined ? {} : { cursor }),
    scanned: task.scanned + scanned,
    matched: task.matched + chosen.length,
    sent: task.sent + sent,
    updatedAt: ports.now(),
  });
  if (outcome !== 'changed') return LOST_RACE;
  if (done) return { ...END, scanned, sent };
  const waitSeconds = waitAfter(sent, pace);
  return { next: waitSeconds === 0 ? 'again' : 'wait', waitSeconds, scanned, sent };
};

const wait = async (
  orgId: string,
  task: ReplayTask,
  { waitsFor, waitSeconds }: Hold,
  ports: StepPorts,
): Promise<Moved> => {
  const outcome = await ports.change(orgId, task, { waitsFor, updatedAt: ports.now() });
  return outcome === 'changed' ? { next: 'wait', waitSeconds } : LOST_RACE;
};

const fail = async (orgId: string, task: ReplayTask, reason: string, ports: StepPorts): Promise<Moved> => {
  const outcome = await ports.change(orgId, task, { status: 'failed', reason, updatedAt: ports.now() });
  return outcome === 'changed' ? END : LOST_RACE;
};

/** The copy's name is the task's, and so is the attempt's when it is one by hand: publishing again makes the same attempt. */
const publicationFor = (orgId: string, task: ReplayTask, endpoint: EndpointRecord, { message, wanted }: Chosen) => {
  const ref = { orgId, appId: task.appId, messageId: message.id };
  const attempt = { endpointId: endpoint.id, attempt: wanted.attempt, lane: laneOfEndpoint(endpoint) };
  const [made] = deliveryTasks(ref, message, [attempt], () => task.id);
  if (made === undefined) throw new Error('a wanted attempt makes a task');
  return publicationOf({ ...made, trigger: wanted.trigger, replay: true }, message.correlationId);
};

/** Ends a task whose step cannot be taken. One that has ended stays as it is. */
export const giveUp = async (
  { orgId, taskId }: BackgroundTaskRef,
  ports: Pick<StepPorts, 'findReplay' | 'change' | 'now'>,
): Promise<void> => {
  const task = await ports.findReplay({ orgId, taskId });
  if (task?.status !== 'running') return;
  // One that is changed by somebody else meanwhile is in other hands.
  await ports.change(orgId, task, { status: 'failed', reason: 'fault', updatedAt: ports.now() });
};
