import type { MessageRef } from '@fanfare/core/keys';
import type { LogNumbers } from '@fanfare/core/log-numbers';
import type { MessageRecord } from '@fanfare/events/message-record';
import { DEFAULT_ORDERING_KEY } from '@fanfare/events/ordered-log';

type Saved = 'saved' | 'already-saved' | 'event-id-taken';

export type SaveInOrderPorts = LogNumbers & {
  /**
   * The commit, with its place when it has an `order` and its due item when it has a `dueAt`. `already-saved`: this very
   * message stands; `event-id-taken`: another one has its event id; `number-closed`: nothing may stand at its place any more.
   */
  readonly save: (ref: MessageRef, record: MessageRecord) => Promise<Saved | 'number-closed'>;
  readonly isSaved: (ref: MessageRef) => Promise<boolean>;
};

/** A number is closed by others half a minute after it was taken, which no call lasts: twice is already a fault. */
const MOST_NUMBERS = 5;

/**
 * Saves a message at the next place of a log. Whoever posts after this was answered takes a higher number, and so comes after
 * it. A number that was taken in vain is closed at once: until it is, everybody waits for it. A call that is known to be a
 * repeat looks for its message before it takes one.
 */
export const saveInOrder =
  (orderingKey: string = DEFAULT_ORDERING_KEY, isRepeated: boolean, ports: SaveInOrderPorts) =>
  async (ref: MessageRef, record: MessageRecord): Promise<Saved> => {
    if (isRepeated && (await ports.isSaved(ref))) return 'already-saved';
    const log = { orgId: ref.orgId, appId: ref.appId, orderingKey };
    for (let taken = 1; taken <= MOST_NUMBERS; taken += 1) {
      const number = await ports.takeNumber(log);
      const saved = await ports.save(ref, { ...record, order: { key: orderingKey, number } });
      if (saved === 'number-closed') continue;
      if (saved !== 'saved') await ports.closeNumber(log, number);
      return saved;
    }
    throw new Error(`${MOST_NUMBERS} numbers in a row were closed before they could be used`);
  };
