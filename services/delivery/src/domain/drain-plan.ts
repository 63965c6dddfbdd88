import { DISABLED_WATCH_MS } from './park.ts';
import type { TaskState } from './sendable.ts';

/** What a look at an endpoint's parked tasks does, and when the next one is, in milliseconds since 1970. */
export type DrainPlan = {
  readonly kind: /** Nothing can be sent yet. */
    | 'wait'
    /** Nothing can be sent until somebody enables it: expired tasks end meanwhile. */
    | 'expire'
    /** One task is tried. */
    | 'probe'
    /** Nothing can ever be sent: each task is recorded as refused. */
    | 'refuse'
    /** All are sent on, at the endpoint's rate. */
    | 'release';
  readonly nextAt: number;
};

/** Longer than the function runs, so that two do not release the same tasks. */
const NEXT_RELEASE_MS = 90_000;

/** Longer than the way through the lane and an attempt take, so that one probe is under way at a time. */
const NEXT_PROBE_MS = 60_000;

export const drainPlan = (
  { application, endpoint }: Pick<TaskState, 'application' | 'endpoint'>,
  nowMs: number,
): DrainPlan => {
  const isGone = application === undefined || application.deletedAt !== undefined;
  if (isGone || endpoint === undefined || endpoint.deletedAt !== undefined)
    return plan('refuse', nowMs + NEXT_RELEASE_MS);
  if (endpoint.disabled) return plan('expire', nowMs + DISABLED_WATCH_MS);
  if (endpoint.breaker !== undefined) {
    const { until } = endpoint.breaker;
    return until > nowMs ? plan('wait', until) : plan('probe', nowMs + NEXT_PROBE_MS);
  }
  if (endpoint.pausedUntil !== undefined && endpoint.pausedUntil > nowMs) return plan('wait', endpoint.pausedUntil);
  return plan('release', nowMs + NEXT_RELEASE_MS);
};

const plan = (kind: DrainPlan['kind'], nextAt: number): DrainPlan => ({ kind, nextAt: Math.ceil(nextAt) });
