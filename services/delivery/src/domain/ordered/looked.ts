import type { CursorRef } from '@fanfare/core/keys';
import type { OrderedWake } from '@fanfare/events/ordered-wake';
import type { Hold } from './hold.ts';

/** What came of a wake-up. */
export type Looked = {
  readonly kind: /** The cursor is beyond its number. */
    | 'passed'
    /** It waits already, and a look is announced. */
    | 'held'
    /** Somebody works on it; a look is announced for when they must have ended. */
    | 'busy'
    /** Somebody else was quicker; a look is announced. */
    | 'superseded'
    /** Nothing is left in the log. */
    | 'finished'
    /** Nothing can be sent to the endpoint any more. */
    | 'gone'
    /** It has to wait from now on, and a look is announced. */
    | 'stopped'
    /** There is more to do than time; a look is announced. */
    | 'handed-on';
  readonly done: Done;
  readonly hold?: Hold;
  /** When the message that has to wait took its place, in milliseconds since 1970. */
  readonly waitsSince?: number;
};

/** Attempts that were made, messages that were made tasks of, numbers that were closed. */
export type Done = { readonly attempted: number; readonly released: number; readonly closed: number };

export const NOTHING_DONE: Done = { attempted: 0, released: 0, closed: 0 };

export type Look = OrderedWake & { readonly wakeAt: number };

/** Wakes the log at `wakeAt` or a little later, and at least once. */
export type Announce = (look: Look) => Promise<void>;

/** A look at an endpoint's log that goes on at a number, at a time, in milliseconds since 1970. */
export const lookFor = (
  { orgId, appId, endpointId, orderingKey }: CursorRef,
  number: number,
  wakeAt: number,
): Look => ({ v: 2, orgId, appId, endpointId, orderingKey, number, wakeAt: Math.ceil(wakeAt) });

/**
 * A look that goes on from a wake-up, which is never for the very time that this one was for: to a clock that is behind, that
 * time is still to come, and the queue drops a look that it has had.
 */
export const lookAfter = (wake: OrderedWake, number: number, wakeAt: number): Look =>
  lookFor(wake, number, Math.max(wakeAt, (wake.wakeAt ?? 0) + 1));
