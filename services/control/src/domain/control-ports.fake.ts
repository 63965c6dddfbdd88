import { randomBytes } from 'node:crypto';
import { type IdPrefix, mintId, RANDOM_BYTES } from '@fanfare/core/ids';
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
    destinations: { partition: 'aws', stage: 'test', allowed: [ALLOWED_QUEUE] },
    mintApplicationId: mint('app'),
    mintEndpointId: mint('ep'),
    makeSecret: () => {
      secrets += 1;
      return new Uint8Array(24).fill(secrets);
    },
    seal: async ({ endpointId }, secret) => new Uint8Array([...Buffer.from(endpointId), ...secret]),
    open: async ({ endpointId }, sealed) => {
      if (Buffer.from(sealed).subarray(0, endpointId.length).toString() !== endpointId)
        throw new Error('not its place');
      return sealed.subarray(endpointId.length);
    },
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
