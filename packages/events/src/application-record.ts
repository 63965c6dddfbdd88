import * as z from 'zod/mini';

/** An application as its owner sees it. Written by control alone. */
export const applicationRecord = z.object({
  kind: z.literal('application'),
  id: z.string(),
  uid: z.optional(z.string()),
  name: z.string(),
  throttleRate: z.optional(z.number()),
  /** How long payloads of its messages are kept that do not say so themselves. Absent: as long as the messages. */
  payloadRetentionDays: z.optional(z.number()),
  metadata: z.record(z.string(), z.string()),
  /** RFC 3339, UTC. */
  createdAt: z.string(),
  updatedAt: z.string(),
});

/**
 * The small item that every accepted message reads strongly. `version` rises with every change of an endpoint, in the
 * same transaction. It outlives the application as a tombstone, so that what is under way stops.
 */
export const versionRecord = z.object({
  kind: z.literal('application-version'),
  version: z.number(),
  uid: z.optional(z.string()),
  /** The application's own, where whoever delivers reads it anyway. */
  throttleRate: z.optional(z.number()),
  /** The application's own, where whoever accepts reads it anyway. */
  payloadRetentionDays: z.optional(z.number()),
  /**
   * Milliseconds since 1970, when the content of one of its messages was expunged last: only tasks of messages that were
   * there then have to be held against their message. Absent, and free of cost, where that never happened.
   */
  contentExpungedAt: z.optional(z.number()),
  /** How many of its endpoints are ordered. Without any, messages take no number. */
  orderedEndpoints: z.optional(z.number()),
  deletedAt: z.optional(z.string()),
  /** Epoch seconds; set with `deletedAt`, when no message of the application is left. */
  expiresAt: z.optional(z.number()),
});

export type ApplicationRecord = z.infer<typeof applicationRecord>;
export type VersionRecord = z.infer<typeof versionRecord>;
