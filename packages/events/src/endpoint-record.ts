import * as z from 'zod/mini';
import { activation } from './activation.ts';
import { bytes } from './bytes.ts';

/** One signing key of an endpoint. The first of the list is current; others sign too until they expire. */
export const endpointSecret = z.object({
  /** Of an ed25519 key pair; absent for a symmetric secret. */
  type: z.optional(z.literal('ed25519')),
  /** `seal` of the key bytes, bound to `secretPlace`. */
  sealed: bytes,
  /** Epoch seconds after which it no longer signs; absent for the current one. */
  expiresAt: z.optional(z.number()),
});

/** An endpoint that fails so often that nothing is sent to it for a while but a probe now and then. */
export const openBreaker = z.object({
  /** Milliseconds since 1970. Tells one opening from the next. */
  openedAt: z.number(),
  /** Milliseconds since 1970. Nothing is tried before. */
  until: z.number(),
  /** How often it was tried since it opened. */
  probes: z.number(),
  /** Of what it opened. */
  reason: z.string(),
});

/**
 * What the engine knows of an endpoint. Delivery alone writes these fields, each by a conditional update of its own, and
 * control leaves them as they are, but for what another URL makes untrue. Only transitions are written: while an endpoint
 * answers, none of them is there but the last.
 */
const engineFields = {
  /** Milliseconds since 1970. It asked for fewer requests, by 429, 502 or 504. */
  pausedUntil: z.optional(z.number()),
  breaker: z.optional(openBreaker),
  /** Milliseconds since 1970. Somebody looks at its parked tasks then; absent when it has none. */
  wakeAt: z.optional(z.number()),
  /** Milliseconds since 1970. Its tasks go through the slow lane. */
  slowSince: z.optional(z.number()),
  activation: z.optional(activation),
};

/** The fields of an endpoint that control must not write. */
export const ENGINE_FIELDS = Object.keys(engineFields) as readonly (keyof typeof engineFields)[];

/**
 * An endpoint as it stands in the table. Written by control, but for what the engine knows of it; read by fan-out (who gets
 * it) and delivery (how).
 */
export const endpointRecord = z.object({
  ...engineFields,
  kind: z.literal('endpoint'),
  id: z.string(),
  uid: z.optional(z.string()),
  url: z.string(),
  description: z.string(),
  /** The API's own field; not the application's version. */
  version: z.number(),
  disabled: z.boolean(),
  /** Absent: every event type. */
  eventTypes: z.optional(z.array(z.string())),
  /** Absent: every channel. */
  channels: z.optional(z.array(z.string())),
  throttleRate: z.optional(z.number()),
  metadata: z.record(z.string(), z.string()),
  secrets: z.array(endpointSecret),
  /**
   * Milliseconds since 1970 at which it became ordered: messages that have a number are sent to it one after the other for
   * each ordering key. Absent where it is not.
   */
  orderedSince: z.optional(z.number()),
  /** The application's version with which it became ordered: what was accepted under an older one comes as a task. */
  orderedVersion: z.optional(z.number()),
  /** The application's version with which it ceased to be ordered: what was accepted under this one or a later comes as a task. */
  orderedUntilVersion: z.optional(z.number()),
  /** `seal` of what `packHeaders` makes of its own headers, bound to `secretPlace` as `headers`; absent without any. */
  headers: z.optional(bytes),
  /** The application's version that this endpoint was made with: it gets messages of this version and later. */
  sinceVersion: z.number(),
  /** Milliseconds since 1970 of the first attempt that failed after the last success; absent while it answers. By delivery. */
  failingSince: z.optional(z.number()),
  /** Why delivery disabled it: `gone`, `asked` or `failing`, of this version. Absent when its owner did. */
  disabledReason: z.optional(z.string()),
  /**
   * The application's version with which the endpoint last began to want other messages (disabled, event types, channels);
   * absent when it wants what it always wanted. Whoever changes one of these sets it.
   */
  selectionVersion: z.optional(z.number()),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** A deleted endpoint stays as a tombstone without secrets, so that a listing can still name it. */
  deletedAt: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
});

export type EndpointSecret = z.infer<typeof endpointSecret>;
export type EndpointRecord = z.infer<typeof endpointRecord>;
export type OpenBreaker = z.infer<typeof openBreaker>;
export type EngineFields = Pick<EndpointRecord, keyof typeof engineFields>;

type Place = { readonly orgId: string; readonly appId: string; readonly endpointId: string };

/**
 * What a sealed secret is bound to: it opens in its own endpoint's item only, and only as what it is. Code that does not
 * know a type cannot take such a secret for another one: it fails to open it, and the task comes back.
 */
export const secretPlace = (ref: Place, type?: EndpointSecret['type'] | 'headers'): string =>
  `${ref.orgId}/${ref.appId}/${ref.endpointId}${type === undefined ? '' : `/${type}`}`;
