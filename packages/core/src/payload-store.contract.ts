import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from './ids.ts';
import type { PayloadStore } from './payload-object.fake.ts';

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
};
