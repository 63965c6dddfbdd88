import { MOST_SKEW_MS } from './actor.ts';
import type { Message } from './attempts.ts';
import type { EndpointState, KnownEndpoint, Post } from './ledger.ts';
import type { World } from './world.ts';

/**
 * Whether the endpoint asked for the message all the time from its acceptance on (from its time on, if it waited), at some
 * time, or at none. `isKept`: it was there all that time, whatever it asked for.
 */
export type Wish = { readonly kind: 'always' | 'sometimes' | 'never'; readonly isKept: boolean };

const NEVER: Wish = { kind: 'never', isKept: false };

export const wishOf = (message: Message, endpoint: KnownEndpoint, { ledger }: World): Wish => {
  const { id, post, record } = message;
  if (endpoint.orgId !== post.orgId || endpoint.appId !== post.appId) return NEVER;
  if (record.cancelledAt !== undefined) return NEVER;
  const states = statesFor(message, endpoint, ledger.restedAt);
  const wishes = states.map((state) => wants(state, post));
  // What stands in a log comes to an ordered endpoint that was disabled meanwhile.
  const isInLog = states.some((state) => state.ordered && wants({ ...state, disabled: false }, post));
  if (!wishes.includes(true) && !isInLog) return NEVER;
  const isDeleted = ledger.deletedApplications.has(`${post.orgId} ${post.appId}`);
  const isKept = !isDeleted && !endpoint.history.some(({ deleted }) => deleted);
  // What the stream has lost the reconciler finds, unless the endpoint has wanted other messages since.
  const isSure = !wishes.includes(false) && !isDeleted && !(ledger.lost.has(id) && isOlder(message, endpoint));
  return { kind: isSure ? 'always' : 'sometimes', isKept };
};

/** What an endpoint asked for from the message's time on, until all had come to rest. */
const statesFor = ({ record }: Message, { history }: KnownEndpoint, restedAt: number): readonly EndpointState[] => {
  const known = history.filter(({ at }) => at <= restedAt);
  const { deliverAt, appVersion } = record;
  const isBefore = ({ version, at }: EndpointState): boolean =>
    deliverAt === undefined ? version <= appVersion : at <= deliverAt - MOST_SKEW_MS;
  const then = known.findLast(isBefore);
  // A message that waits is for endpoints too that were made meanwhile.
  if (then === undefined && deliverAt === undefined) return [];
  const later = known.filter((state) => !isBefore(state));
  return then === undefined ? [{ ...NOBODY, version: 0, at: 0 }, ...later] : [then, ...later];
};

const NOBODY = { disabled: true, deleted: false, ordered: false, eventTypes: undefined, channels: undefined };

/** Whether the message is from before something that the endpoint's owner has changed. */
const isOlder = ({ record }: Message, { history }: KnownEndpoint): boolean =>
  history.some(({ version }) => version > record.appVersion);

const wants = (state: EndpointState, post: Post): boolean => {
  if (state.deleted || state.disabled) return false;
  if (state.eventTypes !== undefined && !state.eventTypes.includes(post.eventType)) return false;
  if (state.channels === undefined) return true;
  return state.channels.some((channel) => post.channels?.includes(channel) === true);
};
