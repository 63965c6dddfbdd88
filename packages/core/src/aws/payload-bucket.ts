import type { PayloadObjects } from './payload-objects.ts';

/**
 * The bucket of bodies too large for a message's item. Its client is loaded with the first of them: it would be a third of a
 * cold start, and most functions never meet one.
 */
export const payloadBucket = (bucket: string): Pick<PayloadObjects, 'keep' | 'read' | 'expunge'> => {
  let opened: Promise<PayloadObjects> | undefined;
  const open = (): Promise<PayloadObjects> => {
    opened ??= import('./open-payloads.lazy.ts').then(({ openPayloads }) => openPayloads(bucket));
    return opened;
  };
  return {
    keep: async (ref, packed) => (await open()).keep(ref, packed),
    expunge: async (ref) => (await open()).expunge(ref),
    read: async (ref, object) => (await open()).read(ref, object),
  };
};
