import { attemptKey } from '@fanfare/core/keys';
import { attemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask, Lane } from '@fanfare/events/delivery-task';
import type { AttemptOutcome } from '../../services/delivery/src/domain/next-step.ts';
import type { TaskState } from '../../services/delivery/src/domain/sendable.ts';
import type { SlotOwner } from '../../services/delivery/src/domain/slots.ts';
import type { WebhookRequest } from '../../services/delivery/src/domain/webhook-request.ts';
import { type Actor, MOST_SKEW_MS } from './actor.ts';
import { type Ledger, noteFirst, pairLabel, taskLabel } from './ledger.ts';
import { receivers } from './receivers.ts';
import type { World } from './world.ts';

const SEND_LIMIT_MS = 15_000;
/** A wait is rounded to whole seconds, up to half of one away from what is recorded. */
const ROUNDING_MS = 1_000;

type Sending = {
  readonly actor: () => Actor;
  /** What was read of a task's endpoint before it was decided on it. */
  readonly stateOf: (task: DeliveryTask) => TaskState | undefined;
  /** Attempts that stood recorded when their batch began, or were sent in it. */
  readonly taken: Set<string>;
  /** Attempts of the batch by which an endpoint is tried: copies of one attempt are one. */
  readonly probes: Set<string>;
};

/** The way out: a request is one call, and is held against everything that may forbid it. */
export const senders = (world: World, { actor, stateOf, taken, probes }: Sending) => {
  const { table, ledger, timeline } = world;
  const receive = receivers(world);
  const complain = (what: string): void => void ledger.violations.push(what);

  /** An attempt after the first has one before it that stands recorded, failed, and said when this one may be made. */
  const checkDue = (task: DeliveryTask): void => {
    const label = taskLabel(task);
    const post = ledger.minted.get(task.messageId);
    if (post?.deliverAt !== undefined && timeline.now() + MOST_SKEW_MS < post.deliverAt) {
      complain(`${label} is sent before the time that was asked for`);
    }
    if (task.attempt === 1) return;
    const before = table.get(attemptKey({ ...task, attempt: task.attempt - 1 }));
    const nextAt = before === undefined ? undefined : attemptRecord.parse(before).nextAttemptAt;
    if (before === undefined) complain(`${label} is sent before the attempt before it is recorded`);
    else if (nextAt === undefined) complain(`${label} is sent although nothing was to follow`);
    else if (timeline.now() + MOST_SKEW_MS + ROUNDING_MS < nextAt) complain(`${label} is sent before its time`);
  };

  /** What the worker itself has read does not stand against it. */
  const checkGate = (task: DeliveryTask, lane: Lane | 'ordered'): void => {
    const endpoint = stateOf(task)?.endpoint;
    const label = taskLabel(task);
    if (endpoint === undefined || probes.has(label)) return;
    if (endpoint.disabled) complain(`${label} is sent although its endpoint is disabled`);
    if (endpoint.breaker !== undefined) complain(`${label} is sent although the breaker is open`);
    if ((endpoint.pausedUntil ?? 0) > actor().now())
      complain(`${label} is sent although its endpoint asked for a pause`);
    if (lane === 'webhook' && endpoint.slowSince !== undefined)
      complain(`${label} to a slow endpoint holds up its lane`);
  };

  const noteSend = (task: DeliveryTask): void => {
    const label = taskLabel(task);
    const pair = pairLabel(task.messageId, task.endpointId);
    noteFirst(ledger.triedAt, pair, timeline.now());
    ledger.triedLastAt.set(pair, timeline.now());
    if (ledger.tried.has(label) || probes.has(label)) return;
    ledger.tried.add(label);
    const owners = ratesOf(task, ledger);
    ledger.firstSends.push({ label, owners, at: timeline.now() });
  };

  return async (task: DeliveryTask, request: WebhookRequest, lane: Lane | 'ordered'): Promise<AttemptOutcome> => {
    const label = taskLabel(task);
    if (taken.has(label)) complain(`${label} is sent although it stood recorded, or twice in one batch`);
    taken.add(label);
    const { outcome, tookMs } = await actor().call({
      label: `${label}: send`,
      kind: 'request',
      told: () => `sends ${label}`,
      effect: () => {
        checkDue(task);
        checkGate(task, lane);
        noteSend(task);
        return receive(request, label);
      },
    });
    world.story.tell(() => `${label} is ${outcome.kind === 'answered' ? `answered ${outcome.status}` : outcome.kind}`);
    await actor().wait(outcome.kind === 'timed-out' ? SEND_LIMIT_MS : tookMs);
    return outcome;
  };
};

/** Whose rate it is, in words. */
export const ownerName = ({ orgId, appId, ownerId }: SlotOwner): string => `${orgId} ${appId} ${ownerId}`;

/** Whose rates a task has to keep. */
const ratesOf = ({ orgId, appId, endpointId }: DeliveryTask, { endpoints, applicationRates }: Ledger): string[] => [
  ...(endpoints.get(endpointId)?.rate === undefined ? [] : [ownerName({ orgId, appId, ownerId: endpointId })]),
  ...(applicationRates.has(`${orgId} ${appId}`) ? [ownerName({ orgId, appId, ownerId: appId })] : []),
];
