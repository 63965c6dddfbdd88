import type { PayloadObjects } from './aws/payload-objects.ts';
import { payloadObjectKey } from './payload-object.ts';

export type PayloadStore = PayloadObjects;

/** Bodies in memory, as the bucket keeps them. */
export const fakePayloadStore = (): PayloadStore & { readonly objects: Map<string, Uint8Array> } => {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    keep: async (ref, packed) => {
      objects.set(payloadObjectKey(ref), packed);
    },
    async *keysOf(day) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(`${day}/`));
      if (keys.length > 0) yield keys;
    },
    remove: async (keys) => {
      for (const key of keys) objects.delete(key);
    },
    read: async (ref, { packedBytes }) => {
      const found = objects.get(payloadObjectKey(ref));
      if (found !== undefined && found.length !== packedBytes) {
        throw new Error(`the payload's object has ${found.length} bytes and not ${packedBytes}`);
      }
      return found;
    },
  };
};
