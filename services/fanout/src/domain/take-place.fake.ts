import { type LogRef, logKey, logNextKey, type MessageRef, messageKey } from '@fanfare/core/keys';
import type { MessageRecord, Place } from '@fanfare/events/message-record';
import type { PlacePorts } from './take-place.ts';

/** Places in logs, and ways for a test to put a message there and to ask what stands. */
export type PlaceStore = PlacePorts & {
  readonly put: (ref: MessageRef, message: MessageRecord) => Promise<void>;
  readonly placeIn: (ref: MessageRef) => Promise<Place | undefined>;
  /** What stands at a number: the message that has it, or `closed`. */
  readonly standing: (log: LogRef, number: number) => Promise<string | undefined>;
};

/** The table in memory, as far as logs go. */
export const fakeLog = (): PlaceStore => {
  const taken = new Map<string, number>();
  const places = new Map<string, string>();
  const messages = new Map<string, MessageRecord>();
  const nameOf = ({ PK, SK }: { PK: string; SK: string }): string => `${PK}\n${SK}`;

  return {
    takeNumber: async (log) => {
      const name = nameOf(logNextKey(log));
      const number = (taken.get(name) ?? 0) + 1;
      taken.set(name, number);
      return number;
    },

    closeNumber: async (log, number) => {
      const name = nameOf(logKey(log, number));
      if (places.has(name)) return 'taken';
      places.set(name, 'closed');
      return 'closed';
    },

    place: async (ref, _message, order) => {
      const standing = messages.get(nameOf(messageKey(ref)));
      if (standing === undefined) return 'gone';
      if (standing.order !== undefined) return standing.order;
      const name = nameOf(logKey({ ...ref, orderingKey: order.key }, order.number));
      if (places.has(name)) return 'number-closed';
      places.set(name, ref.messageId);
      messages.set(nameOf(messageKey(ref)), { ...standing, order });
      return order;
    },

    put: async (ref, message) => void messages.set(nameOf(messageKey(ref)), message),
    placeIn: async (ref) => messages.get(nameOf(messageKey(ref)))?.order,
    standing: async (log, number) => places.get(nameOf(logKey(log, number))),
  };
};
