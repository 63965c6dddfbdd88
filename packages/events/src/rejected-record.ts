import * as z from 'zod/mini';

/**
 * Something that was to become a message and was refused for what it is, until its owner has looked at it. It is not tried
 * again: it would be refused again.
 */
export const rejectedRecord = z.object({
  v: z.literal(1),
  /** The way in: `queue`, `events` or `stream`, of this version. */
  source: z.string(),
  /** Milliseconds since 1970. */
  rejectedAt: z.int(),
  /** Every reason, at its field. None holds anything of the record's payload. */
  reasons: z.array(z.object({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string() })),
  /** As the source handed it over. */
  record: z.optional(z.unknown()),
  /** The same where it would be too large for a message: its JSON text, deflated, as base64. */
  deflatedRecord: z.optional(z.string()),
  /** The beginning of its JSON text, where it is too large even so. */
  recordStart: z.optional(z.string()),
});

export type RejectedRecord = z.infer<typeof rejectedRecord>;
