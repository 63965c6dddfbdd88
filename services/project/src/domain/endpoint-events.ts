import type { DomainEvent } from '@fanfare/events/domain-event';
import { eventId } from './event-id.ts';
import type { Announced } from './name-events.ts';
import type { ChangedEndpoint, EndpointFacts } from './stream-change.ts';

type EndpointEvent = Extract<DomainEvent, { type: `endpoint.${string}` }>;

/**
 * What a changed endpoint is to be announced as. Old and new image are compared, so what was written without changing
 * anything of interest is nothing. A change by its owner that disables or enables it is both that and an update.
 */
export const endpointEvents = (change: ChangedEndpoint): Announced[] => {
  const { orgId, appId } = change.ref;
  return typesOf(change).map((type) => ({ application: { orgId, appId }, event: eventOf(type, change) }));
};

const typesOf = ({ before, after }: ChangedEndpoint): readonly EndpointEvent['type'][] => {
  if (before === undefined) return after.deletedAt === undefined ? ['endpoint.created'] : [];
  if (before.deletedAt !== undefined) return [];
  if (after.deletedAt !== undefined) return ['endpoint.deleted'];
  const updated = isByOwner(before, after) ? (['endpoint.updated'] as const) : [];
  if (before.disabled === after.disabled) return updated;
  return [...updated, after.disabled ? 'endpoint.disabled' : 'endpoint.enabled'];
};

/** Whatever an owner does sets the time of the last update; of what we do, disabling alone does. */
const isByOwner = (before: EndpointFacts, after: EndpointFacts): boolean =>
  before.updatedAt !== after.updatedAt && !(after.disabled && !before.disabled && after.disabledReason !== undefined);

const eventOf = (type: EndpointEvent['type'], { ref, before, after, sequence }: ChangedEndpoint): EndpointEvent => {
  const { orgId, appId, endpointId } = ref;
  const data = { appId, endpointId, ...(after.uid === undefined ? {} : { endpointUid: after.uid }) };
  const common = { v: 1, id: eventId(type, [orgId, appId, endpointId, sequence]), orgId } as const;
  const timestamp = after.deletedAt ?? after.updatedAt;
  switch (type) {
    case 'endpoint.disabled':
      return { ...common, type, timestamp, data: { ...data, ...why(after) } };
    case 'endpoint.updated':
      return { ...common, type, timestamp, data: before?.url === after.url ? data : { ...data, urlChanged: true } };
    default:
      return { ...common, type, timestamp, data };
  }
};

const why = ({ disabledReason, failingSince }: EndpointFacts) => ({
  trigger: disabledReason === undefined ? ('manual' as const) : ('automatic' as const),
  ...(disabledReason === undefined ? {} : { reason: disabledReason }),
  ...(failingSince === undefined ? {} : { failSince: new Date(failingSince).toISOString() }),
});
