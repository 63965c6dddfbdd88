import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { MessageRef } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptManyPorts } from '../domain/accept-many.ts';

type Table = Pick<AcceptManyPorts, 'saveFresh'> & {
  readonly stored: (ref: MessageRef) => Promise<MessageRecord | undefined>;
};

const newId = (prefix: 'org' | 'app' | 'msg') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

/** The promises that every store of fresh messages keeps. */
export const freshMessagesContract = (makeTable: () => Promise<Table>): void => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const record = (number: number): MessageRecord => ({
    kind: 'message',
    eventType: 'user.created',
    payload: new TextEncoder().encode(`{"number":${number}}`),
    encoding: 'identity',
    acceptedAt: nowSeconds * 1000,
    appVersion: 3,
    correlationId: 'request-1',
    payloadExpiresAt: nowSeconds + 3600,
    expiresAt: nowSeconds + 3600,
  });

  test.each([0, 1, 25, 26, 110])('%i messages are stored as they were given', async (count) => {
    const table = await makeTable();
    const [orgId, appId] = [newId('org'), newId('app')];
    const messages = Array.from({ length: count }, (_, number) => ({
      ref: { orgId, appId, messageId: newId('msg') },
      record: record(number),
    }));
    await expect(table.saveFresh(messages)).resolves.toEqual(new Map());
    const stored = await Promise.all(messages.map(({ ref }) => table.stored(ref)));
    expect(stored).toEqual(messages.map((message) => message.record));
  });
};
