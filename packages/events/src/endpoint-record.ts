import * as z from 'zod/mini';
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

/** An endpoint as it stands in the table. Written by control; read by fan-out (who gets it) and delivery (how). */
export const endpointRecord = z.object({
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

type Place = { readonly orgId: string; readonly appId: string; readonly endpointId: string };

/**
 * What a sealed secret is bound to: it opens in its own endpoint's item only, and only as what it is. Code that does not
 * know a type cannot take such a secret for another one: it fails to open it, and the task comes back.
 */
export const secretPlace = (ref: Place, type?: EndpointSecret['type'] | 'headers'): string =>
  `${ref.orgId}/${ref.appId}/${ref.endpointId}${type === undefined ? '' : `/${type}`}`;
