import type { MessageRef } from '@fanfare/core/keys';
import type { LogNumbers } from '@fanfare/core/log-numbers';
import type { MessageRecord, Place } from '@fanfare/events/message-record';
import { DEFAULT_ORDERING_KEY } from '@fanfare/events/ordered-log';

/** What this use case needs from the outside. */
export type PlacePorts = LogNumbers & {
  /**
   * Writes the place and marks the message with it, both or neither. Answers the place that the message has then: another
   * one, when somebody was quicker. `number-closed`: nothing may stand at this one; `gone`: there is no such message any more.
   */
  readonly place: (ref: MessageRef, message: MessageRecord, place: Place) => Promise<Place | 'number-closed' | 'gone'>;
};

/** A number is closed by others half a minute after it was taken: twice in a row is already a fault. */
const MOST_NUMBERS = 5;

/**
 * Gives a message that has waited for its time its place among those of now. Done twice, at once or after a crash, it has one
 * place, and the number that was taken in vain is closed. Answers nothing when the message is gone.
 */
export const takePlace = async (
  ref: MessageRef,
  message: MessageRecord,
  ports: PlacePorts,
): Promise<Place | undefined> => {
  const key = message.orderingKey ?? DEFAULT_ORDERING_KEY;
  const log = { orgId: ref.orgId, appId: ref.appId, orderingKey: key };
  for (let taken = 1; taken <= MOST_NUMBERS; taken += 1) {
    const number = await ports.takeNumber(log);
    const placed = await ports.place(ref, message, { key, number });
    if (placed === 'number-closed') continue;
    if (placed === 'gone' || placed.number !== number) await ports.closeNumber(log, number);
    return placed === 'gone' ? undefined : placed;
  }
  throw new Error(`${MOST_NUMBERS} numbers in a row were closed before they could be used`);
};
