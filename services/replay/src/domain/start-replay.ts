import { createHash } from 'node:crypto';
import type { Principal } from '@fanfare/core/auth/token';
import type { FindEndpoint } from '@fanfare/core/aws/endpoint-finder';
import { type LostRace, untilSettled, type Waiting } from '@fanfare/core/contended';
import type { FindApplication } from '@fanfare/core/find-application';
import type { Refusal } from '@fanfare/core/http/answer';
import type { BackgroundTaskRef, EndpointRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { ReplayTask } from '@fanfare/events/replay-task';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { isStalled } from './background-task-json.ts';
import type { ReplayOrder } from './replay-order.ts';
import { problemWith } from './unfit-endpoint.ts';

/** What a repeat of a call is known by. */
export type CallIdentity = { readonly keyHash: string; readonly fingerprint: string };

/** Which task answered a call. It counts for twelve hours. */
export type Claim = CallIdentity & { readonly taskId: string; readonly expiresAt: number };

/** Where a run begins. The state machine hands it on from step to step. */
export type RunInput = {
  readonly orgId: string;
  readonly taskId: string;
  /** How many executions came before this one. */
  readonly execution: number;
  /** How many steps this execution has taken. */
  readonly page: number;
};

/** What this use case needs from the outside. */
export type StartReplayPorts = Waiting & {
  readonly findApplication: FindApplication;
  readonly findEndpoint: FindEndpoint;
  readonly findReplay: (ref: BackgroundTaskRef) => Promise<ReplayTask | undefined>;
  /** `undefined` for a call that was not answered before, or too long ago. */
  readonly findClaim: (orgId: string, keyHash: string) => Promise<Claim | undefined>;
  /** The id of the task that does what is asked for; it may have ended. */
  readonly findRunning: (endpoint: EndpointRef, request: string) => Promise<string | undefined>;
  /** Writes all of it or nothing. `instead`: a task that stalled, which ends by this. */
  readonly begin: (
    orgId: string,
    begun: { readonly task: ReplayTask; readonly claim?: Claim; readonly instead?: ReplayTask },
  ) => Promise<'begun' | LostRace>;
  /** Starts the run of a task once, however often it is asked for. */
  readonly startRun: (input: RunInput) => Promise<'started' | 'started-before'>;
  readonly mintTaskId: (atMs: number) => string;
  readonly now: () => number;
};

export type StartReplayCall = {
  readonly principal: Principal;
  readonly application: string;
  readonly endpoint: string;
  readonly order: ReplayOrder;
  /** Absent without an idempotency key. */
  readonly identity?: CallIdentity;
};

const CLAIM_SECONDS = 12 * 60 * 60;

/**
 * Starts a replay, or joins the one that does the same: same endpoint, same kind, same parameters. The task is written first
 * and its run started then; whoever joins starts it too, in case the first caller did not come that far.
 */
export const startReplay = async (
  { principal, application, endpoint, order, identity }: StartReplayCall,
  ports: StartReplayPorts,
): Promise<Result<ReplayTask, Refusal>> => {
  const found = await ports.findApplication(principal.orgId, application);
  if (found === undefined || (principal.kind === 'application' && principal.appId !== found.appId)) {
    return missing('application');
  }
  const target = await ports.findEndpoint(found, endpoint);
  if (target === undefined || target.deletedAt !== undefined) return missing('endpoint');
  const problem = problemWith(target);
  if (problem !== undefined) return unfit(problem);

  const ref = { orgId: found.orgId, appId: found.appId, endpointId: target.id };
  const task = await untilSettled(() => beginOrJoin(ref, order, identity, ports), ports);
  if (!task.ok || task.value.status !== 'running') return task;
  await ports.startRun({ orgId: ref.orgId, taskId: task.value.id, execution: 0, page: 0 });
  return task;
};

const beginOrJoin = async (
  ref: EndpointRef,
  order: ReplayOrder,
  identity: CallIdentity | undefined,
  ports: StartReplayPorts,
): Promise<Result<ReplayTask, Refusal> | LostRace> => {
  const { orgId } = ref;
  const claimed = identity && (await ports.findClaim(orgId, identity.keyHash));
  if (claimed !== undefined) {
    if (claimed.fingerprint !== identity?.fingerprint) return err(KEY_REUSED);
    const answered = await ports.findReplay({ orgId, taskId: claimed.taskId });
    if (answered !== undefined) return ok(answered);
  }
  const nowMs = ports.now();
  const request = requestOf(order);
  const runningId = await ports.findRunning(ref, request);
  const running = runningId === undefined ? undefined : await ports.findReplay({ orgId, taskId: runningId });
  const stalled = running !== undefined && isStalled(running, nowMs);
  if (running?.status === 'running' && !stalled) return ok(running);

  const task = taskOf(ref, order, request, ports.mintTaskId(nowMs), nowMs);
  const expiresAt = Math.floor(nowMs / 1000) + CLAIM_SECONDS;
  const begun = await ports.begin(orgId, {
    task,
    ...(identity === undefined ? {} : { claim: { ...identity, taskId: task.id, expiresAt } }),
    ...(stalled ? { instead: running } : {}),
  });
  return begun === 'begun' ? ok(task) : begun;
};

/** Of what was asked for, and not of when: an end that was not given stays open. */
const requestOf = ({ task, since, until, filter = {}, dryRun }: ReplayOrder): string => {
  const { eventTypes, channel, tag, status, statusCodeClass } = filter;
  // What is asked for without a tag has the digest that it had before there were any.
  const tags = tag === undefined ? [] : [tag];
  const asked = [task, since, until, dryRun, eventTypes?.toSorted(), channel, status, statusCodeClass, ...tags];
  return createHash('sha256').update(JSON.stringify(asked)).digest().subarray(0, 16).toString('base64url');
};

const taskOf = (
  { appId, endpointId }: EndpointRef,
  { task, since, until = Number.POSITIVE_INFINITY, filter, dryRun }: ReplayOrder,
  request: string,
  id: string,
  nowMs: number,
): ReplayTask => ({
  kind: 'background-task',
  id,
  task,
  status: 'running',
  appId,
  endpointId,
  since,
  until: Math.min(until, nowMs),
  ...(filter === undefined ? {} : { filter }),
  ...(dryRun ? { dryRun } : {}),
  request,
  step: 0,
  scanned: 0,
  matched: 0,
  sent: 0,
  createdAt: nowMs,
  updatedAt: nowMs,
  expiresAt: Math.floor(nowMs / 1000) + RETENTION_SECONDS,
});

const KEY_REUSED: Refusal = { kind: 'conflict', detail: 'This idempotency key was used with another body.' };

const missing = (what: string) => err({ kind: 'not-found', detail: `There is no such ${what}.` } as const);

const unfit = (msg: string): Result<never, Refusal> =>
  err({ kind: 'invalid', problems: [{ loc: ['path', 'endpoint_id'], msg, type: 'value_error' }] });
