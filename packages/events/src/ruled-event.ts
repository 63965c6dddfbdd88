import * as z from 'zod/mini';

/**
 * An event of a bus, with what its rule says that it is to become. Written by EventBridge, after the template in
 * terraform/intake.tf.
 */
export const ruledEvent = z.object({
  v: z.literal(1),
  rule: z.string(),
  organisation: z.string(),
  /** The application's id or uid; `null` where a field of the event names it. */
  application: z.nullable(z.string()),
  /** Names of that field and those that it is in, with points between them. */
  applicationPath: z.nullable(z.string()),
  /** `null`: the event's detail-type is it. */
  eventType: z.nullable(z.string()),
  payload: z.enum(['event', 'detail']),
  event: z.looseObject({ id: z.string(), time: z.string(), 'detail-type': z.string(), detail: z.unknown() }),
});

export type RuledEvent = z.infer<typeof ruledEvent>;
