import { type KeepPayload, payloadObjectKey, type ReadPayload } from './payload-object.ts';

export type PayloadStore = { readonly keep: KeepPayload; readonly read: ReadPayload };

/** Bodies in memory, as the bucket keeps them. */
export const fakePayloadStore = (): PayloadStore & { readonly objects: Map<string, Uint8Array> } => {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    keep: async (ref, packed) => {
      objects.set(payloadObjectKey(ref), packed);
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
