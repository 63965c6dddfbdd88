import type { EndpointRef } from '@fanfare/core/keys';
import type { OpenBreaker } from '@fanfare/events/endpoint-record';

/** An endpoint and the URL that was attempted: what is found of one URL is not written of another. */
export type AttemptedEndpoint = EndpointRef & { readonly url: string };

/**
 * What the engine writes onto an endpoint: transitions only, each on the condition that nobody was quicker. They answer
 * whether the write took place; an endpoint that was deleted is never written.
 */
export type EndpointMarks = {
  /** Says when its parked tasks are looked at, unless there is such a time that is not before `staleBefore`. */
  readonly startWatch: (ref: EndpointRef, wakeAt: number, staleBefore: number) => Promise<boolean>;
  /** Takes the turn of looking at `from`. The next one is at `to`; none follows where that is absent. */
  readonly takeWatch: (ref: EndpointRef, from: number, to: number | undefined) => Promise<boolean>;
  /** Lengthens a pause, never shortens one. */
  readonly pause: (at: AttemptedEndpoint, until: number) => Promise<boolean>;
  /** Opens the breaker, or keeps the one open that was `seen`. Its parked tasks are looked at when its time is over. */
  readonly openBreaker: (
    at: AttemptedEndpoint,
    breaker: OpenBreaker,
    seen: OpenBreaker | undefined,
  ) => Promise<boolean>;
  /** Closes the breaker that was `seen`, which goes with its URL. Its parked tasks are looked at at `wakeAt`. */
  readonly closeBreaker: (ref: EndpointRef, seen: OpenBreaker, wakeAt: number) => Promise<boolean>;
  /** From now on its tasks go through the slow lane; through the usual one where `since` is absent. */
  readonly setSlow: (at: AttemptedEndpoint, since: number | undefined) => Promise<boolean>;
};
