import { randomBytes } from 'node:crypto';
import { type IdPrefix, mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { keyPairOf, SEED_BYTES } from '@fanfare/core/webhooks/key-pair';
import { packHeaders, unpackHeaders } from '@fanfare/events/custom-headers';
import type { ApplicationPorts } from './applications.ts';
import type { EndpointPorts } from './change-endpoint.ts';
import { type ControlStore, fakeControlStore } from './control-store.fake.ts';

export type ControlPorts = ApplicationPorts & EndpointPorts;

export type FakeControl = {
  readonly ports: ControlPorts;
  readonly store: ControlStore;
  /** Sets the clock forward. */
  readonly pass: (ms: number) => void;
  /** How often a lost race was waited after. */
  readonly waits: () => number;
};

/** The only destination that may be delivered to without a role. */
export const ALLOWED_QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:shared';

/** Everything that the use cases need, in memory, with a clock that moves only when it is told to. */
export const fakeControl = (override: (store: ControlStore) => Partial<ControlPorts> = () => ({})): FakeControl => {
  let nowMs = Date.parse('2026-11-23T12:00:00.000Z');
  let waits = 0;
  let secrets = 0;
  const store = fakeControlStore(() => nowMs);
  const mint = (prefix: IdPrefix) => (atMs: number) => mintId(prefix, atMs, new Uint8Array(randomBytes(RANDOM_BYTES)));
  const ports: ControlPorts = {
    ...store,
    urlRules: { requiresHttps: false, checkHost: async () => ({ kind: 'allowed', addresses: [] }) },
    destinations: { partition: 'aws', stage: 'test', allowed: [ALLOWED_QUEUE] },
    mintApplicationId: mint('app'),
    mintEndpointId: mint('ep'),
    makeSecret: (type) => {
      secrets += 1;
      if (type === 'ed25519') return { type, bytes: keyPairOf(new Uint8Array(SEED_BYTES).fill(secrets)) };
      return { bytes: new Uint8Array(24).fill(secrets) };
    },
    seal: async ({ endpointId }, { type, bytes }) => ({
      ...(type && { type }),
      sealed: new Uint8Array([...Buffer.from(endpointId), ...bytes]),
    }),
    open: async ({ endpointId }, { type, sealed }) => {
      if (Buffer.from(sealed).subarray(0, endpointId.length).toString() !== endpointId)
        throw new Error('not its place');
      return { ...(type && { type }), bytes: sealed.subarray(endpointId.length) };
    },
    sealHeaders: async ({ endpointId }, headers) =>
      new Uint8Array([...Buffer.from(endpointId), ...packHeaders(headers)]),
    openHeaders: async ({ endpointId }, sealed) => unpackHeaders(sealed.subarray(endpointId.length)),
    now: () => nowMs,
    sleep: async () => {
      waits += 1;
    },
    random: () => 0,
    ...override(store),
  };
  return {
    ports,
    store,
    pass: (ms) => {
      nowMs += ms;
    },
    waits: () => waits,
  };
};
