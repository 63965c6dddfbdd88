import * as z from 'zod/mini';

/** What is counted of an endpoint. */
export const statistics = z.object({
  /** Attempts of the hour by how they ended, those by hand among them. */
  delivered: z._default(z.number(), 0),
  failed: z._default(z.number(), 0),
  /** Automatic attempts that failed and have none after them. */
  exhausted: z._default(z.number(), 0),
  /** Of the messages that were accepted in the hour, those with a failed attempt whose next one is to come. */
  waiting: z._default(z.number(), 0),
});

/**
 * What one shard of the table's stream told of an endpoint's hour. Written by project alone; the sum over shards is what
 * is true. Counts that are zero may be absent.
 */
export const statisticsRecord = z.extend(statistics, {
  kind: z.literal('statistics'),
  /** Padded to sort as a number: everything of the shard up to here is counted. */
  lastSequence: z.string(),
  expiresAt: z.number(),
});

export type Statistics = z.infer<typeof statistics>;
export type StatisticsRecord = z.infer<typeof statisticsRecord>;

/** The hour, in UTC, that something is counted under: 2026-11-25T03. */
export const hourOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 'yyyy-mm-ddThh'.length);
