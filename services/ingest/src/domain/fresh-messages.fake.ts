import type { AcceptManyPorts } from './accept-many.ts';
import type { fakeMessageTable } from './message-table.fake.ts';

/** Puts messages into a table in memory, as `freshMessages` does. What fails is not written. */
export const fakeFreshMessages =
  (table: ReturnType<typeof fakeMessageTable>, fails: (messageId: string) => boolean): AcceptManyPorts['saveFresh'] =>
  async (messages) => {
    const failed = messages.filter(({ ref }) => fails(ref.messageId));
    for (const one of messages) if (!failed.includes(one)) await table.save(one.ref, one.record);
    return new Map(failed.map(({ ref }) => [ref.messageId, new Error('it stays unprocessed')]));
  };
