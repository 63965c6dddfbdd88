import { mintId } from './ids.ts';
import { packPayload, unpackPayload } from './payload.ts';
import { fakePayloadStore } from './payload-object.fake.ts';
import { bodyAt, INLINE_PAYLOAD_BYTES, parsePayloadObjectKey, payloadObjectKey, placeBody } from './payload-object.ts';

const messageId = mintId('msg', Date.parse('2026-11-25T23:59:59.000Z'), new Uint8Array(15).fill(7));
const ref = { orgId: 'org_1', appId: 'app_1', messageId };

/** Bytes that no compression makes smaller. */
const noise = (length: number): Uint8Array => {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
};

describe('the key of a payload', () => {
  test('follows from the message: its day, its owners, its id', () => {
    const key = payloadObjectKey(ref);
    expect(key).toBe(`2026-11-25/org_1/app_1/${messageId}`);
    expect(parsePayloadObjectKey(key)).toEqual(ref);
  });

  test.each([{ orgId: 'org/1' }, { appId: 'app/../app_2' }, { messageId: 'msg_1' }])('is refused for %p', (wrong) => {
    expect(() => payloadObjectKey({ ...ref, ...wrong })).toThrow();
  });

  test.each([
    `2026-11-26/org_1/app_1/${messageId}`,
    '2026-11-25/org_1/app_1/msg_1',
    `2026-11-25/org_1/app_1/${messageId}/x`,
    'x',
    '',
  ])('is not %p', (key) => {
    expect(parsePayloadObjectKey(key)).toBeUndefined();
  });
});

describe('a body', () => {
  const placed = async (body: Uint8Array) => {
    const store = fakePayloadStore();
    const place = await placeBody(ref, packPayload(body), body.length, store.keep);
    return { store, place };
  };

  test('that fits stays in the item, and no object is made', async () => {
    const { store, place } = await placed(noise(INLINE_PAYLOAD_BYTES));
    expect(place.payload).toHaveLength(INLINE_PAYLOAD_BYTES);
    expect(store.objects.size).toBe(0);
  });

  test('of a byte more is an object, and the item says how large both are', async () => {
    const body = noise(INLINE_PAYLOAD_BYTES + 1);
    const { store, place } = await placed(body);
    expect(place).toEqual({ encoding: 'identity', payloadObject: { bytes: body.length, packedBytes: body.length } });
    expect([...store.objects.keys()]).toEqual([payloadObjectKey(ref)]);
  });

  test('that is large and packs well stays in the item', async () => {
    const { store, place } = await placed(new TextEncoder().encode('again and '.repeat(100_000)));
    expect(place.encoding).toBe('deflate');
    expect(store.objects.size).toBe(0);
  });

  test.each([0, 1, INLINE_PAYLOAD_BYTES, INLINE_PAYLOAD_BYTES + 1, 1024 * 1024])(
    'of %p bytes comes back byte for byte, wherever it is',
    async (size) => {
      const body = noise(size);
      const { store, place } = await placed(body);
      const stored = await bodyAt(ref, place, store.read);
      expect(Buffer.compare(stored === undefined ? Buffer.from('none') : unpackPayload(stored), body)).toBe(0);
    },
  );

  test('whose object is gone is told as gone', async () => {
    const { store, place } = await placed(noise(INLINE_PAYLOAD_BYTES + 1));
    store.objects.clear();
    await expect(bodyAt(ref, place, store.read)).resolves.toBeUndefined();
  });

  test('that cannot be kept is not referred to', async () => {
    const body = noise(INLINE_PAYLOAD_BYTES + 1);
    const refused = () => Promise.reject(new Error('throttled'));
    await expect(placeBody(ref, packPayload(body), body.length, refused)).rejects.toThrow('throttled');
  });
});
