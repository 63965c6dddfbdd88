import { mintId } from '@fanfare/core/ids';
import type { MessageRef } from '@fanfare/core/keys';
import type { ReadPayload } from '@fanfare/core/payload-object';
import type { MessageRecord } from '@fanfare/events/message-record';
import { readBodies } from './message-bodies.ts';

const refOf = (number: number): MessageRef => ({
  ...{ orgId: 'org_1', appId: 'app_1' },
  messageId: mintId('msg', 1_800_000_000_000, new Uint8Array(15).fill(number)),
});
const message: MessageRecord = {
  ...{ kind: 'message', eventType: 'a', encoding: 'identity', acceptedAt: 1, appVersion: 1, correlationId: 'c' },
  ...{ payloadExpiresAt: 2, expiresAt: 2, payloadObject: { bytes: 1, packedBytes: 1 } },
};
const BODY = new Uint8Array([7]);

/** Reads for messages that are all the same, and counts. */
const reading = (read: ReadPayload = async () => BODY, item: unknown = message) => {
  const asked: string[] = [];
  const bodies = (refs: readonly MessageRef[]) =>
    readBodies(
      refs,
      () => item ?? undefined,
      (ref, object) => {
        asked.push(ref.messageId);
        return read(ref, object);
      },
    );
  return { asked, bodies };
};

test('a body is read once, however many tasks of the batch are of its message', async () => {
  const { asked, bodies } = reading();
  const withBody = await bodies([refOf(1), refOf(1), refOf(2), refOf(1)]);
  expect(asked.toSorted()).toEqual([refOf(1).messageId, refOf(2).messageId].toSorted());
  expect(withBody(refOf(1), { message })).toEqual({ message: { ...message, payload: BODY } });
});

test('a body that cannot be read fails the tasks of its message, and no others', async () => {
  const { bodies } = reading(async ({ messageId }) => {
    if (messageId === refOf(1).messageId) throw new Error('slow down');
    return BODY;
  });
  const withBody = await bodies([refOf(1), refOf(2)]);
  expect(() => withBody(refOf(1), { message })).toThrow('slow down');
  expect(withBody(refOf(2), { message }).message?.payload).toEqual(BODY);
});

test('a body that is gone leaves its message without one', async () => {
  const withBody = await reading(async () => undefined).bodies([refOf(1)]);
  expect(withBody(refOf(1), { message }).message?.payload).toBeUndefined();
});

test.each([
  ['has its body in its item', { ...message, payload: BODY, payloadObject: undefined }],
  ['is not there', null],
  ['cannot be understood', { kind: 'message' }],
])('nothing is read for a message that %s', async (_title, item) => {
  const { asked, bodies } = reading(undefined, item);
  const withBody = await bodies([refOf(1)]);
  expect(asked).toEqual([]);
  expect(withBody(refOf(1), {})).toEqual({});
});

test('at most five are read at a time', async () => {
  let [running, most] = [0, 0];
  const { bodies } = reading(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return BODY;
  });
  await bodies(Array.from({ length: 10 }, (_, n) => refOf(n)));
  expect(most).toBe(5);
});
