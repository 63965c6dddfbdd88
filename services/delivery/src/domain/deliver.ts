import type { EndpointRef } from '@fanfare/core/keys';
import type { SigningKey } from '@fanfare/core/webhooks/signature';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import { type DeliveryTask, nextTask } from '@fanfare/events/delivery-task';
import type { EndpointSecret } from '@fanfare/events/endpoint-record';
import { attemptRecordOf } from './attempt.ts';
import { disablingAnswer, type HealthChange, healthChange } from './endpoint-health.ts';
import { followUp } from './follow-up.ts';
import { type AttemptOutcome, manualStep, type NextStep, nextStep } from './next-step.ts';
import { type RetryPolicy, scheduleFor } from './retry-policy.ts';
import { type Sendable, sendable, type TaskState } from './sendable.ts';
import { waitingPlace } from './waiting-place.ts';
import { bodyOf, type WebhookRequest, webhookRequest } from './webhook-request.ts';

/** What this use case needs from the outside. */
export type DeliverPorts = {
  readonly send: (request: WebhookRequest, task: DeliveryTask) => Promise<AttemptOutcome>;
  /** The keys that sealed secrets hold, in their order. */
  readonly openSecrets: (ref: EndpointRef, secrets: readonly EndpointSecret[]) => Promise<SigningKey[]>;
  /** The headers that an endpoint's owner wants on each request. */
  readonly openHeaders: (ref: EndpointRef, sealed: Uint8Array) => Promise<CustomHeaders>;
  /** Records the attempt if it does not stand yet. Answers the record that stands then: this one, or the earlier one. */
  readonly record: (task: DeliveryTask, record: AttemptRecord) => Promise<AttemptRecord>;
  /** Puts a task back into its lane, visible after the delay: at most LONGEST_DELAY_SECONDS. */
  readonly scheduleRetry: (task: DeliveryTask, delaySeconds: number) => Promise<void>;
  /** Keeps a task until shortly before it is due. The same task at the same time is kept once. */
  readonly keepUntilDue: (task: DeliveryTask, dueAt: number) => Promise<void>;
  /** Changes what is known of an endpoint, if that still holds. Doing it again changes nothing. */
  readonly changeHealth: (ref: EndpointRef, change: HealthChange) => Promise<'changed' | 'superseded'>;
  /** How long nothing but failure disables an endpoint. */
  readonly failingLimitMs: number;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly mintAttemptId: (atMs: number) => string;
  readonly mintCopyId: () => string;
};

/** What became of a task. `dropped`: its attempt stood recorded already. `record` is what stands now. */
export type Handled =
  | { readonly kind: 'dropped'; readonly record: AttemptRecord; readonly scheduled: boolean }
  | {
      readonly kind: 'attempted';
      readonly record: AttemptRecord;
      readonly outcome: AttemptOutcome;
      readonly step: NextStep;
      /** What this attempt changed about its endpoint. */
      readonly health?: HealthChange;
    };

/**
 * Makes one attempt, records it, changes what it says about the endpoint and schedules the next, in this order: what is
 * recorded says what follows, so a task that comes back after a crash anywhere in between knows what is left to do. Throws when the task
 * should come back.
 */
export const deliver = async (
  task: DeliveryTask,
  state: TaskState,
  policy: RetryPolicy,
  ports: DeliverPorts,
): Promise<Handled> => {
  if (state.standing !== undefined) return drop(task, state.standing, ports);
  const attemptedAt = ports.now();
  const found = sendable(task, state, attemptedAt);
  const outcome = found.kind === 'sendable' ? await send(task, found, attemptedAt, ports) : found;
  const step = stepAfter(outcome, task, policy, ports.random());
  const record = attemptRecordOf({
    id: ports.mintAttemptId(attemptedAt),
    task,
    endpoint: state.endpoint,
    attemptedAt,
    endedAt: ports.now(),
    outcome,
    step,
  });
  const standing = await ports.record(task, record);
  if (standing.id !== record.id) return drop(task, standing, ports);
  const change = healthChange(record, outcome, state.endpoint, ports.failingLimitMs);
  const isChanged = change !== undefined && (await ports.changeHealth(task, change)) === 'changed';
  if (record.nextAttemptAt !== undefined) await schedule(task, record.nextAttemptAt, ports);
  return { kind: 'attempted', record, outcome, step, ...(isChanged ? { health: change } : {}) };
};

const stepAfter = (outcome: AttemptOutcome, task: DeliveryTask, policy: RetryPolicy, jitter: number): NextStep => {
  const step = nextStep(outcome, task.attempt, scheduleFor(policy, task.eventType), jitter);
  return task.trigger === 'manual' ? manualStep(step) : step;
};

const drop = async (task: DeliveryTask, standing: AttemptRecord, ports: DeliverPorts): Promise<Handled> => {
  const change = disablingAnswer(standing);
  if (change !== undefined) await ports.changeHealth(task, change);
  const next = followUp(standing, task);
  if (next.kind === 'schedule') await schedule(task, next.dueAt, ports);
  return { kind: 'dropped', record: standing, scheduled: next.kind === 'schedule' };
};

/** The time is the recorded one, so that whoever schedules again does so under the same key. */
const schedule = async (task: DeliveryTask, dueAt: number, ports: DeliverPorts): Promise<void> => {
  const place = waitingPlace(dueAt, ports.now());
  const retry = retryOf(task, ports);
  if (place.kind === 'lane') await ports.scheduleRetry(retry, place.delaySeconds);
  else await ports.keepUntilDue(retry, dueAt);
};

const retryOf = (task: DeliveryTask, ports: DeliverPorts): DeliveryTask => nextTask(task, ports.mintCopyId());

const send = async (
  task: DeliveryTask,
  { endpoint, payload }: Sendable,
  attemptedAt: number,
  ports: DeliverPorts,
): Promise<AttemptOutcome> => {
  const active = endpoint.secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt * 1000 > attemptedAt);
  const [keys, custom] = await Promise.all([
    ports.openSecrets(task, active),
    endpoint.headers === undefined ? {} : ports.openHeaders(task, endpoint.headers),
  ]);
  return ports.send(webhookRequest(endpoint.url, task.messageId, attemptedAt, bodyOf(payload), keys, custom), task);
};
