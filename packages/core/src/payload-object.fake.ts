import type { PayloadObjects } from './aws/payload-objects.ts';
import { DamagedPayload, payloadObjectKey } from './payload-object.ts';

export type PayloadStore = PayloadObjects;

/** Bodies in memory, as the bucket keeps them. */
export const fakePayloadStore = (
  now: () => number = Date.now,
): PayloadStore & { readonly objects: Map<string, Uint8Array> } => {
  const objects = new Map<string, Uint8Array>();
  const written = new Map<string, { readonly version: string; readonly writtenAt: number }>();
  return {
    objects,
    keep: async (ref, packed) => {
      const key = payloadObjectKey(ref);
      objects.set(key, packed);
      written.set(key, { version: crypto.randomUUID(), writtenAt: now() });
    },
    async *objectsOf(day) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(`${day}/`));
      yield keys.map((key) => ({ key, ...(written.get(key) ?? { version: '', writtenAt: 0 }) }));
    },
    remove: async (seen) => {
      for (const { key, version } of seen) if (written.get(key)?.version === version) objects.delete(key);
    },
    expunge: async (ref) => void objects.delete(payloadObjectKey(ref)),
    read: async (ref, object) => {
      const found = objects.get(payloadObjectKey(ref));
      if (found !== undefined && found.length !== object.packedBytes) throw new DamagedPayload(found.length, object);
      return found;
    },
  };
};
