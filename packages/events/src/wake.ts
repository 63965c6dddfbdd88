import * as z from 'zod/mini';

/**
 * Says that it is time to look at an endpoint's parked tasks. It counts only as long as `wakeAt` is what the endpoint's
 * item says: whoever looks puts the next time there first, so that of any number of repeats one goes on.
 */
export const wake = z.object({
  v: z.literal(1),
  orgId: z.string(),
  appId: z.string(),
  endpointId: z.string(),
  /** Milliseconds since 1970. */
  wakeAt: z.int(),
  /** The look after the last task was taken: for one that was parked by somebody who did not know of that yet. */
  last: z.optional(z.literal(true)),
  /** The time of the look that this one repeats: that came before the endpoint's item said so, and counts by its own time. */
  repeats: z.optional(z.int()),
});

export type Wake = z.infer<typeof wake>;
