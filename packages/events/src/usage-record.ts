import * as z from 'zod/mini';

/** What is counted of an application. */
export const usage = z.object({
  /** Messages that were accepted in the hour, those to be delivered later and those called off afterwards among them. */
  messages: z._default(z.number(), 0),
  /** What their payloads came to, as they were posted. */
  bytes: z._default(z.number(), 0),
  /** Attempts that were made in the hour, whatever came of them, those by hand among them. */
  attempts: z._default(z.number(), 0),
});

/**
 * What one shard of the table's stream told of an application's hour. Written by project alone; the sum over shards is
 * what is true. Counts that are zero may be absent.
 */
export const usageRecord = z.extend(usage, {
  kind: z.literal('usage'),
  /** Padded to sort as a number: everything of the shard up to here is counted. */
  lastSequence: z.string(),
  expiresAt: z.number(),
});

export type Usage = z.infer<typeof usage>;

/** Thirteen months: a year can be held against the year before, and a bill be looked into after it was paid. */
export const USAGE_RETENTION_SECONDS = 400 * 24 * 60 * 60;
