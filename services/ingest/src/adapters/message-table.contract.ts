import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { MessageRef } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { MessageStore } from '../domain/message-table.fake.ts';

const HOUR_SECONDS = 3600;
const nowSeconds = Math.floor(Date.now() / 1000);
const later = nowSeconds + HOUR_SECONDS;
const newId = (prefix: 'org' | 'app' | 'msg') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

const record = (more: Partial<MessageRecord> = {}): MessageRecord => ({
  kind: 'message',
  eventType: 'user.created',
  channels: ['eu'],
  tags: ['user_7'],
  payload: new TextEncoder().encode('{"price":1.50}'),
  encoding: 'identity',
  acceptedAt: nowSeconds * 1000,
  appVersion: 3,
  correlationId: 'request-1',
  payloadExpiresAt: later,
  expiresAt: later,
  ...more,
});

/** The promises that every store of claims and messages keeps. `now` is the store's clock, in milliseconds. */
export const messageTableContract = (makeTable: (now: () => number) => Promise<MessageStore>): void => {
  const clock = { ms: nowSeconds * 1000 };
  let table: MessageStore;
  let ref: MessageRef;

  beforeEach(async () => {
    clock.ms = nowSeconds * 1000;
    table = await makeTable(() => clock.ms);
    ref = { orgId: newId('org'), appId: newId('app'), messageId: newId('msg') };
  });

  const claimOf = (messageId: string) => ({ messageId, acceptedAt: nowSeconds * 1000, fingerprint: `of-${messageId}` });

  test('the first claim of a key wins, and whoever comes later is told of it', async () => {
    const first = claimOf(newId('msg'));
    await expect(table.claim(ref.orgId, 'hash', first, later)).resolves.toEqual(first);
    await expect(table.claim(ref.orgId, 'hash', claimOf(newId('msg')), later)).resolves.toEqual(first);
  });

  test('of claims at the same time one wins for all', async () => {
    const claims = Array.from({ length: 5 }, () => claimOf(newId('msg')));
    const answers = await Promise.all(claims.map((claim) => table.claim(ref.orgId, 'hash', claim, later)));
    expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('another key, or another organisation, is another claim', async () => {
    const [one, other, third] = [claimOf('msg_1'), claimOf('msg_2'), claimOf('msg_3')];
    await table.claim(ref.orgId, 'hash', one, later);
    await expect(table.claim(ref.orgId, 'other-hash', other, later)).resolves.toEqual(other);
    await expect(table.claim(newId('org'), 'hash', third, later)).resolves.toEqual(third);
  });

  test('a claim whose time is over is free, deleted or not', async () => {
    await table.claim(ref.orgId, 'hash', claimOf('msg_1'), later);
    clock.ms = (later + 1) * 1000;
    const next = claimOf('msg_2');
    await expect(table.claim(ref.orgId, 'hash', next, later + HOUR_SECONDS)).resolves.toEqual(next);
  });

  test('a message is stored as it was given', async () => {
    await expect(table.save(ref, record())).resolves.toBe('saved');
    await expect(table.stored(ref)).resolves.toEqual(record());
  });

  test('a message that is saved again stays as it was', async () => {
    await table.save(ref, record());
    await expect(table.save(ref, record({ appVersion: 4 }))).resolves.toBe('already-saved');
    await expect(table.stored(ref)).resolves.toEqual(record());
  });

  test('an event id belongs to one message of the application', async () => {
    const taken = record({ eventId: 'order-7' });
    const other = { ...ref, messageId: newId('msg') };
    await expect(table.save(ref, taken)).resolves.toBe('saved');
    await expect(table.save(other, taken)).resolves.toBe('event-id-taken');
    await expect(table.stored(other)).resolves.toBeUndefined();
  });

  test('the message that owns an event id can be saved again', async () => {
    const taken = record({ eventId: 'order-7' });
    await table.save(ref, taken);
    await expect(table.save(ref, taken)).resolves.toBe('already-saved');
  });

  test('another application may use the same event id', async () => {
    const taken = record({ eventId: 'order-7' });
    await table.save(ref, taken);
    await expect(table.save({ ...ref, appId: newId('app') }, taken)).resolves.toBe('saved');
  });

  test('of messages with one event id at the same time one is saved', async () => {
    const refs = Array.from({ length: 5 }, () => ({ ...ref, messageId: newId('msg') }));
    const answers = await Promise.all(refs.map((each) => table.save(each, record({ eventId: 'order-7' }))));
    expect(answers.toSorted()).toEqual([...Array(4).fill('event-id-taken'), 'saved']);
  });

  test('a message that waits for its time is stored together with its due item', async () => {
    const deliverAt = nowSeconds * 1000 + 3_600_000;
    const waiting = record({ deliverAt, dueAt: deliverAt });
    await expect(table.save(ref, waiting)).resolves.toBe('saved');
    await expect(table.stored(ref)).resolves.toEqual(waiting);
    await expect(table.isDue(ref, deliverAt)).resolves.toBe(true);
    await expect(table.save(ref, waiting)).resolves.toBe('already-saved');
  });

  test('nothing is due of a message whose event id was taken', async () => {
    const dueAt = nowSeconds * 1000 + 3_600_000;
    await table.save(ref, record({ eventId: 'order-7' }));
    const other = { ...ref, messageId: newId('msg') };
    const taken = record({ eventId: 'order-7', deliverAt: dueAt, dueAt });
    await expect(table.save(other, taken)).resolves.toBe('event-id-taken');
    await expect(table.isDue(other, dueAt)).resolves.toBe(false);
    await expect(table.stored(other)).resolves.toBeUndefined();
  });

  test('an event id is free again when its message has expired, deleted or not', async () => {
    await table.save(ref, record({ eventId: 'order-7' }));
    clock.ms = (later + 1) * 1000;
    const next = record({ eventId: 'order-7', expiresAt: later + HOUR_SECONDS });
    await expect(table.save({ ...ref, messageId: newId('msg') }, next)).resolves.toBe('saved');
  });

  describe('of a log', () => {
    const logOf = (orderingKey: string) => ({ orgId: ref.orgId, appId: ref.appId, orderingKey });
    const at = (key: string, number: number, more: Partial<MessageRecord> = {}) =>
      record({ order: { key, number }, ...more });

    test('numbers are given out once, in order, and each key has its own', async () => {
      const numbers = await Promise.all(Array.from({ length: 5 }, () => table.takeNumber(logOf('a'))));
      expect(numbers.toSorted()).toEqual([1, 2, 3, 4, 5]);
      await expect(table.takeNumber(logOf('a'))).resolves.toBe(6);
      await expect(table.takeNumber(logOf('.'))).resolves.toBe(1);
      await expect(table.takeNumber({ ...logOf('a'), appId: newId('app') })).resolves.toBe(1);
    });

    test('several are given out in a row, and nobody else gets one of them', async () => {
      const firsts = await Promise.all([table.takeNumbers(logOf('a'), 3), table.takeNumber(logOf('a'))]);
      const [first = 0, other = 0] = firsts;
      expect([first, first + 1, first + 2, other].toSorted()).toEqual([1, 2, 3, 4]);
      await expect(table.takeNumber(logOf('a'))).resolves.toBe(5);
    });

    test('a message and its place are saved together, and it is known to be saved', async () => {
      await expect(table.isSaved(ref)).resolves.toBe(false);
      await expect(table.save(ref, at('a', 1))).resolves.toBe('saved');
      await expect(table.isSaved(ref)).resolves.toBe(true);
      await expect(table.stored(ref)).resolves.toEqual(at('a', 1));
      await expect(table.placeOf(logOf('a'), 1)).resolves.toBe(ref.messageId);
    });

    test('a message that is saved again stays where it is, and takes no second place', async () => {
      await table.save(ref, at('a', 1));
      await expect(table.save(ref, at('a', 1))).resolves.toBe('already-saved');
      await expect(table.save(ref, at('a', 2))).resolves.toBe('already-saved');
      await expect(table.stored(ref)).resolves.toEqual(at('a', 1));
      await expect(table.placeOf(logOf('a'), 2)).resolves.toBeUndefined();
    });

    test('nothing is saved at a number that was closed', async () => {
      await table.closeNumber(logOf('a'), 1);
      await table.closeNumber(logOf('a'), 1);
      await expect(table.placeOf(logOf('a'), 1)).resolves.toBe('closed');
      await expect(table.save(ref, at('a', 1, { eventId: 'order-7' }))).resolves.toBe('number-closed');
      await expect(table.stored(ref)).resolves.toBeUndefined();
      await expect(table.save(ref, at('a', 2, { eventId: 'order-7' }))).resolves.toBe('saved');
    });

    test('a number at which a message stands is not closed', async () => {
      await table.save(ref, at('a', 1));
      await table.closeNumber(logOf('a'), 1);
      await expect(table.placeOf(logOf('a'), 1)).resolves.toBe(ref.messageId);
    });

    test('of a message and a closing at the same time one wins', async () => {
      const [saved] = await Promise.all([table.save(ref, at('a', 1)), table.closeNumber(logOf('a'), 1)]);
      const place = await table.placeOf(logOf('a'), 1);
      expect(place).toBe(saved === 'saved' ? ref.messageId : 'closed');
    });

    test('a message whose event id was taken takes no place', async () => {
      await table.save(ref, record({ eventId: 'order-7' }));
      const other = { ...ref, messageId: newId('msg') };
      await expect(table.save(other, at('a', 1, { eventId: 'order-7' }))).resolves.toBe('event-id-taken');
      await expect(table.placeOf(logOf('a'), 1)).resolves.toBeUndefined();
    });
  });
};
