import type { ApplicationRef, MessageRef } from '@fanfare/core/keys';
import type { DomainEvent } from '@fanfare/events/domain-event';

/** An event, and what it is about: names that their owner gave are added to it from there. */
export type Announced = {
  readonly event: DomainEvent;
  readonly application: ApplicationRef;
  readonly message?: MessageRef;
};

/** Names by id. What has none, or is gone, is not in them. */
export type OwnNames = {
  readonly appUids: ReadonlyMap<string, string>;
  readonly eventIds: ReadonlyMap<string, string>;
};

/** Reads how owners call these applications and messages. Throws when that cannot be read. */
export type ReadNames = (applications: readonly ApplicationRef[], messages: readonly MessageRef[]) => Promise<OwnNames>;

/** The events with the names in them. Reads nothing where there is nothing to announce, which is the rule. */
export const nameEvents = async (announced: readonly Announced[], readNames: ReadNames): Promise<DomainEvent[]> => {
  if (announced.length === 0) return [];
  const names = await readNames(
    announced.map(({ application }) => application),
    announced.flatMap(({ message }) => (message === undefined ? [] : [message])),
  );
  return announced.map(({ event }) => named(event, names));
};

const named = (event: DomainEvent, { appUids, eventIds }: OwnNames): DomainEvent => {
  const appUid = appUids.get(event.data.appId);
  const msgEventId = 'msgId' in event.data ? eventIds.get(event.data.msgId) : undefined;
  const data = { ...event.data, ...(appUid && { appUid }), ...(msgEventId && { msgEventId }) };
  return { ...event, data } as DomainEvent;
};
