import { isDestination } from '@fanfare/core/destinations/destination';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import type { Admission } from '../admission.ts';
import { DISABLED_WATCH_MS } from '../park.ts';

/** Why a log stands still for an endpoint. */
export type HoldReason = 'retry' | 'disabled' | 'breaker' | 'paused' | 'rate' | 'hole';

/** A log stands still until then, in milliseconds since 1970. */
export type Hold = { readonly reason: HoldReason; readonly until: number; readonly slotAt?: number };

/** What the table says about an endpoint in a log. */
export type OrderedState = {
  readonly application?: VersionRecord | undefined;
  readonly endpoint?: EndpointRecord | undefined;
  readonly cursor?: OrderedCursor | undefined;
};

/** Whoever closes a breaker wakes the logs that wait for it. This is for those that were not seen. */
const BREAKER_LOOK_MS = 60_000;

/** All its slots of the next ten minutes are taken. */
const RATE_LOOK_MS = 5 * 60_000;

/** What an endpoint has to be for anything to be sent to it, now or ever. */
export const isGone = ({ application, endpoint }: OrderedState): boolean =>
  application === undefined ||
  application.deletedAt !== undefined ||
  endpoint === undefined ||
  endpoint.deletedAt !== undefined;

/** Whether an endpoint gets messages one after the other. A destination of AWS has an order of its own, or none. */
export const isOrdered = ({ endpoint }: OrderedState): boolean =>
  endpoint?.orderedSince !== undefined && !isDestination(endpoint.url);

/**
 * Whether a log stands still for an endpoint, so that a wake-up has nothing to do: a look is announced for when that is
 * over. The look itself goes on, whatever the clock here says, and what a cursor waits for may be over before its time.
 */
export const isHeld = (state: OrderedState, wake: OrderedWake, nowMs: number): boolean => {
  const { cursor, endpoint } = state;
  const until = cursor?.blockedUntil;
  if (until === undefined || until <= nowMs || (wake.wakeAt ?? 0) >= until) return false;
  if (isGone(state) || !isOrdered(state)) return false;
  switch (cursor?.blockedBy) {
    case 'breaker':
      return endpoint?.breaker !== undefined && wake.probe !== true;
    case 'disabled':
      return endpoint?.disabled === true;
    case 'paused':
      return (endpoint?.pausedUntil ?? 0) > nowMs;
    case 'hole':
      return false;
    default:
      return true;
  }
};

/** How long an attempt that was not admitted waits; `undefined` for one that was. */
export const holdOf = (admission: Admission, endpoint: EndpointRecord, nowMs: number): Hold | undefined => {
  switch (admission.kind) {
    case 'attempt':
      return undefined;
    case 'postpone': {
      const until = nowMs + admission.delaySeconds * 1000;
      const { slotAt } = admission.task;
      return slotAt === undefined ? { reason: 'paused', until } : { reason: 'rate', until, slotAt };
    }
    case 'park':
      return { reason: admission.reason, until: Math.ceil(parkedUntil[admission.reason](endpoint, nowMs)) };
  }
};

const parkedUntil: Record<
  Extract<Admission, { kind: 'park' }>['reason'],
  (endpoint: EndpointRecord, nowMs: number) => number
> = {
  disabled: (_, nowMs) => nowMs + DISABLED_WATCH_MS,
  breaker: ({ breaker }, nowMs) => Math.max(breaker?.until ?? 0, nowMs) + BREAKER_LOOK_MS,
  paused: ({ pausedUntil }, nowMs) => pausedUntil ?? nowMs,
  rate: (_, nowMs) => nowMs + RATE_LOOK_MS,
};
