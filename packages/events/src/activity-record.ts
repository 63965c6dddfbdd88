import * as z from 'zod/mini';

/**
 * Says that an application saved messages in an hour, so that whoever walks through what was accepted need not ask the
 * whole table. Written before the message.
 */
export const activityRecord = z.object({
  kind: z.literal('activity'),
  /** Milliseconds since 1970 when a message was last saved long after its id was made; absent when none was. */
  lateAt: z.optional(z.number()),
  /** Epoch seconds: not before its messages are gone. */
  expiresAt: z.number(),
});

export type ActivityRecord = z.infer<typeof activityRecord>;
