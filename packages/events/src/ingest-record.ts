import * as z from 'zod/mini';

/**
 * A record of the intake stream, as JSON in UTF-8: what POST message takes, and whose it is. The producer's partition key is what
 * keeps records in order.
 */
export const ingestRecord = z.object({
  v: z.literal(1),
  organisation: z.string(),
  /** The application's id or uid. */
  application: z.string(),
  /** The body of POST message. */
  message: z.record(z.string(), z.unknown()),
});

export type IngestRecord = z.infer<typeof ingestRecord>;
