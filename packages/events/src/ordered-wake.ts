import * as z from 'zod/mini';

/**
 * Says that a log may hold something for an ordered endpoint. It carries no message: whoever gets it reads the log from the
 * endpoint's cursor on, so that any number of repeats, in any order, is one look.
 */
export const orderedWake = z.object({
  /** 2, because looks at parked tasks are version 1 and come through the same queue when they have to wait. */
  v: z.literal(2),
  orgId: z.string(),
  appId: z.string(),
  endpointId: z.string(),
  orderingKey: z.string(),
  /** The number in the log that it is about. */
  number: z.int(),
  /** The lowest of the numbers that it is about, where they are several. */
  from: z.optional(z.int()),
  /** Milliseconds since 1970 before which nothing can be done; absent when it is for now. */
  wakeAt: z.optional(z.int()),
  /** The next message is sent although its endpoint's circuit breaker is open, to see whether it answers again. */
  probe: z.optional(z.literal(true)),
});

export type OrderedWake = z.infer<typeof orderedWake>;

/** SQS lets one at a time of a group be worked on: a group is an endpoint in a log. */
export const orderedGroupId = ({ endpointId, orderingKey }: OrderedWake): string => `${endpointId}#${orderingKey}`;

/** The same wake-up twice within five minutes is one. One that had to wait is another, each time. */
export const orderedDeduplicationId = (wake: OrderedWake): string =>
  [orderedGroupId(wake), wake.number, ...(wake.wakeAt === undefined ? [] : [wake.wakeAt])].join('#');
