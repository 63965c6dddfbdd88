import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { LogRef, MessageRef } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { PlaceStore } from '../domain/take-place.fake.ts';
import { takePlace } from '../domain/take-place.ts';

const NOW = Date.now();
const newId = (prefix: 'org' | 'app' | 'msg') => mintId(prefix, NOW, randomBytes(RANDOM_BYTES));
const record = (more: Partial<MessageRecord> = {}): MessageRecord => ({
  kind: 'message',
  eventType: 'user.created',
  channels: ['eu'],
  tags: ['user_7'],
  payload: new TextEncoder().encode('{}'),
  encoding: 'identity',
  acceptedAt: NOW - 60_000,
  deliverAt: NOW,
  orderingKey: 'a',
  appVersion: 3,
  correlationId: 'request-1',
  payloadExpiresAt: Math.floor(NOW / 1000) + 3600,
  expiresAt: Math.floor(NOW / 1000) + 3600,
  ...more,
});

/** The promises that every store of places in logs keeps. */
export const placeStoreContract = (makeStore: () => Promise<PlaceStore>): void => {
  let store: PlaceStore;
  let app: { orgId: string; appId: string };
  const logOf = (orderingKey: string): LogRef => ({ ...app, orderingKey });
  const waiting = async (more: Partial<MessageRecord> = {}) => {
    const ref: MessageRef = { ...app, messageId: newId('msg') };
    const message = record(more);
    await store.put(ref, message);
    return { ref, message };
  };

  beforeEach(async () => {
    store = await makeStore();
    app = { orgId: newId('org'), appId: newId('app') };
  });

  test('a message that is due takes the next place of its log, and is marked with it', async () => {
    await store.takeNumber(logOf('a'));
    const { ref, message } = await waiting();
    await expect(takePlace(ref, message, store)).resolves.toEqual({ key: 'a', number: 2 });
    await expect(store.placeIn(ref)).resolves.toEqual({ key: 'a', number: 2 });
    await expect(store.standing(logOf('a'), 2)).resolves.toBe(ref.messageId);
  });

  test('one without an ordering key has its place among those without one', async () => {
    const { ref, message } = await waiting({ orderingKey: undefined });
    await expect(takePlace(ref, message, store)).resolves.toEqual({ key: '.', number: 1 });
  });

  test('a second time it keeps its place, and the number that was taken in vain is closed', async () => {
    const { ref, message } = await waiting();
    await takePlace(ref, message, store);
    await expect(takePlace(ref, message, store)).resolves.toEqual({ key: 'a', number: 1 });
    await expect(store.standing(logOf('a'), 1)).resolves.toBe(ref.messageId);
    await expect(store.standing(logOf('a'), 2)).resolves.toBe('closed');
  });

  test('of any number at the same time all get the same place, and nothing of the others is left open', async () => {
    const { ref, message } = await waiting();
    const places = await Promise.all(Array.from({ length: 4 }, () => takePlace(ref, message, store)));
    const place = await store.placeIn(ref);
    expect(places).toEqual([place, place, place, place]);
    const standing = await Promise.all([1, 2, 3, 4].map((number) => store.standing(logOf('a'), number)));
    expect(standing.toSorted()).toEqual(['closed', 'closed', 'closed', ref.messageId].toSorted());
  });

  test('one whose number was closed meanwhile takes a new one', async () => {
    await store.closeNumber(logOf('a'), 1);
    const { ref, message } = await waiting();
    await expect(takePlace(ref, message, store)).resolves.toEqual({ key: 'a', number: 2 });
    await expect(store.standing(logOf('a'), 1)).resolves.toBe('closed');
  });

  test('one that is gone takes none, and makes nobody wait', async () => {
    const ref = { ...app, messageId: newId('msg') };
    await expect(takePlace(ref, record(), store)).resolves.toBeUndefined();
    await expect(store.standing(logOf('a'), 1)).resolves.toBe('closed');
    await expect(store.placeIn(ref)).resolves.toBeUndefined();
  });
};
