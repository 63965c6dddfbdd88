import { type KeepPayload, payloadObjectKey, type ReadPayload } from '@fanfare/core/payload-object';
import type { Actor } from './actor.ts';
import { readable } from './names.ts';
import type { World } from './world.ts';

/** The bucket of large bodies, as an actor's adapters are given it: each call is a call over the network. */
export const payloadObjects = (
  { objects }: World,
  actor: () => Actor,
): { readonly keep: KeepPayload; readonly read: ReadPayload } => ({
  keep: (ref, packed) => {
    const key = payloadObjectKey(ref);
    const name = readable(ref.messageId);
    return actor().call({
      label: `${name}: keep its body`,
      kind: 'write',
      told: () => `keeps the body of ${name}`,
      effect: () => void objects.set(key, packed),
    });
  },
  read: (ref) =>
    actor().call({
      label: `${readable(ref.messageId)}: read its body`,
      kind: 'read',
      effect: () => objects.get(payloadObjectKey(ref)),
    }),
});
