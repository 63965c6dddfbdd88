import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from './ids.ts';
import type { MessageRef } from './keys.ts';
import type { PayloadStore } from './payload-object.fake.ts';
import { payloadObjectKey } from './payload-object.ts';

const newId = (prefix: 'org' | 'app' | 'msg') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));
const newRef = () => ({ orgId: newId('org'), appId: newId('app'), messageId: newId('msg') });
const MOST_BYTES = 1024 * 1024;

/** The promises of whoever keeps bodies. */
export const payloadStoreContract = (makeStore: () => Promise<PayloadStore>): void => {
  test.each([0, 1, 16 * 1024 + 1, MOST_BYTES])('a body of %p bytes comes out as it went in', async (size) => {
    const store = await makeStore();
    const [ref, body] = [newRef(), new Uint8Array(randomBytes(size))];
    await store.keep(ref, body);
    const read = await store.read(ref, { bytes: size, packedBytes: size });
    expect(Buffer.compare(read ?? Buffer.from('none'), body)).toBe(0);
  });

  test('to keep it again changes nothing', async () => {
    const store = await makeStore();
    const [ref, body] = [newRef(), new Uint8Array(randomBytes(100))];
    await store.keep(ref, body);
    await store.keep(ref, body);
    await expect(store.read(ref, { bytes: 100, packedBytes: 100 })).resolves.toEqual(body);
  });

  test('one that is not there is told as gone', async () => {
    const store = await makeStore();
    await expect(store.read(newRef(), { bytes: 1, packedBytes: 1 })).resolves.toBeUndefined();
  });

  test('one of another size than its message says is not handed out', async () => {
    const store = await makeStore();
    const ref = newRef();
    await store.keep(ref, new Uint8Array(MOST_BYTES));
    await expect(store.read(ref, { bytes: 10, packedBytes: 10 })).rejects.toThrow('and not 10');
  });

  test('messages, applications and organisations do not see each other', async () => {
    const store = await makeStore();
    const ref = newRef();
    await store.keep(ref, new Uint8Array([1]));
    for (const other of [{ messageId: newId('msg') }, { appId: newId('app') }, { orgId: newId('org') }]) {
      await expect(store.read({ ...ref, ...other }, { bytes: 1, packedBytes: 1 })).resolves.toBeUndefined();
    }
  });

  const seenOn = async (store: PayloadStore, day: string) => {
    const seen = [];
    for await (const page of store.objectsOf(day)) seen.push(...page);
    return seen;
  };
  const today = () => new Date().toISOString().slice(0, 10);

  test('the objects of a day are those of its messages, and of no other day, and tell when they were written', async () => {
    const store = await makeStore();
    const old = Date.parse('2026-01-31T12:00:00.000Z');
    const refs = [old, old + 1, old + 86_400_000].map((atMs) => ({
      ...newRef(),
      messageId: mintId('msg', atMs, randomBytes(RANDOM_BYTES)),
    }));
    for (const ref of refs) await store.keep(ref, new Uint8Array([1]));
    const seen = new Map((await seenOn(store, '2026-01-31')).map((object) => [object.key, object]));
    expect(refs.map((ref) => seen.has(payloadObjectKey(ref)))).toEqual([true, true, false]);
    const { writtenAt = 0 } = seen.get(payloadObjectKey(refs[0] as MessageRef)) ?? {};
    expect(Math.abs(Date.now() - writtenAt)).toBeLessThan(60_000);
  });

  test('what is removed is gone, alone, and to remove it again is nothing', async () => {
    const store = await makeStore();
    const [one, other] = [newRef(), newRef()];
    for (const ref of [one, other]) await store.keep(ref, new Uint8Array([1]));
    const seen = (await seenOn(store, today())).filter(({ key }) => key === payloadObjectKey(one));
    expect(seen).toHaveLength(1);
    await store.remove(seen);
    await store.remove(seen);
    const object = { bytes: 1, packedBytes: 1 };
    await expect(store.read(one, object)).resolves.toBeUndefined();
    await expect(store.read(other, object)).resolves.toEqual(new Uint8Array([1]));
  });

  test('what is expunged is gone in all its versions, alone, and to do it again is nothing', async () => {
    const store = await makeStore();
    const [one, other] = [newRef(), newRef()];
    for (const ref of [one, one, other]) await store.keep(ref, new Uint8Array([1]));
    const seen = (await seenOn(store, today())).filter(({ key }) => key === payloadObjectKey(one));
    await store.remove(seen);
    await store.keep(one, new Uint8Array([1]));
    await store.expunge(one);
    await store.expunge(one);
    const object = { bytes: 1, packedBytes: 1 };
    await expect(store.read(one, object)).resolves.toBeUndefined();
    await expect(store.read(other, object)).resolves.toEqual(new Uint8Array([1]));
  });

  test('what was written again since it was seen is not removed', async () => {
    const store = await makeStore();
    const ref = newRef();
    await store.keep(ref, new Uint8Array([1]));
    const seen = (await seenOn(store, today())).filter(({ key }) => key === payloadObjectKey(ref));
    await store.keep(ref, new Uint8Array([1]));
    await store.remove(seen);
    await expect(store.read(ref, { bytes: 1, packedBytes: 1 })).resolves.toEqual(new Uint8Array([1]));
  });
};
