import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, type Metrics, milliseconds } from '@fanfare/core/telemetry/metrics';
import { unreachable } from '@fanfare/core/unreachable';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { Handled } from '../domain/handle-task.ts';
import { countTransitions } from './transitions.ts';

/** Counts what became of a task. One that has `waited` says nothing about how quick we are. */
export const countHandled = (metrics: Metrics, task: DeliveryTask, handled: Handled, waited = isPutOff(task)): void => {
  if (handled.kind === 'dropped') {
    count(metrics, METRIC.taskDropped);
    if (handled.scheduled) count(metrics, METRIC.retryScheduled);
    return;
  }
  if (handled.kind === 'postponed' || handled.kind === 'parked') {
    count(metrics, handled.kind === 'parked' ? METRIC.taskParked : METRIC.taskPostponed);
    return;
  }
  if (handled.kind === 'moved') {
    count(metrics, METRIC.taskMoved);
    return;
  }
  const { step, record, health } = handled;
  countTransitions(metrics, handled.changes ?? []);
  if (health?.kind === 'disable') count(metrics, METRIC.endpointDisabled);
  switch (step.kind) {
    case 'delivered':
      count(metrics, METRIC.attemptSucceeded);
      if (!waited) {
        const endedAt = record.attemptedAt + record.responseDurationMs;
        milliseconds(metrics, METRIC.endToEndMilliseconds, endedAt - task.acceptedAt);
      }
      return;
    case 'retry':
      count(metrics, METRIC.attemptFailed);
      count(metrics, METRIC.retryScheduled);
      return;
    case 'give-up':
      count(metrics, METRIC.attemptFailed);
      // What was asked for by hand was never meant to be repeated.
      if (step.reason !== 'manual') count(metrics, METRIC.attemptExhausted);
      return;
    default:
      unreachable(step);
  }
};

/** A later attempt has waited on purpose, for a fault that is not ours; so has one that was put off, parked or replayed. */
const isPutOff = ({ attempt, trigger, hops, replay }: DeliveryTask): boolean =>
  attempt !== 1 || trigger !== 'scheduled' || hops !== undefined || replay === true;

type LogLine = {
  readonly level: 'debug' | 'info';
  readonly message: string;
  readonly fields: Record<string, string | number | boolean | undefined>;
};

/** The one log line of a task: ids and figures, never the URL, the body or the answer. */
export const describe = (task: DeliveryTask, handled: Handled): LogLine => {
  const ids = {
    org_id: task.orgId,
    app_id: task.appId,
    msg_id: task.messageId,
    endpoint_id: task.endpointId,
    attempt: task.attempt,
  };
  if (handled.kind === 'dropped') {
    return { level: 'info', message: 'delivery.dropped', fields: { ...ids, retry_scheduled: handled.scheduled } };
  }
  if (handled.kind === 'postponed') {
    const { delaySeconds, lane } = handled;
    return { level: 'debug', message: 'delivery.postponed', fields: { ...ids, delay_s: delaySeconds, lane } };
  }
  if (handled.kind === 'parked') {
    return { level: 'debug', message: 'delivery.parked', fields: { ...ids, reason: handled.reason } };
  }
  if (handled.kind === 'moved') {
    return { level: 'info', message: 'delivery.moved', fields: { ...ids, lane: handled.lane } };
  }
  const { record, outcome, step, health } = handled;
  return {
    level: step.kind === 'delivered' && health === undefined ? 'debug' : 'info',
    message: 'delivery.attempted',
    fields: {
      ...ids,
      attempt_id: record.id,
      outcome: outcome.kind,
      status: record.responseStatusCode,
      duration_ms: record.responseDurationMs,
      step: step.kind,
      ...(handled.changes?.length ? { endpoint_changes: handled.changes.join(' ') } : {}),
      ...(outcome.kind === 'unreachable' || outcome.kind === 'refused' ? { reason: outcome.reason } : {}),
      ...(step.kind === 'retry' ? { retry_in_s: step.delaySeconds } : {}),
      ...(step.kind === 'give-up' ? { given_up: step.reason } : {}),
      ...(health === undefined
        ? {}
        : { endpoint_now: health.kind === 'disable' ? `disabled: ${health.reason}` : health.kind }),
    },
  };
};
