import * as z from 'zod/mini';
import { deliveryTask } from './delivery-task.ts';

/**
 * A delivery task that waits until something can be sent to its endpoint. It comes without its payload, which the message
 * has, and without an end: it leaves when it is sent on, an expired one too, so that its end is recorded.
 */
export const parkedTask = z.object({
  kind: z.literal('parked'),
  task: deliveryTask,
  /** The text attributes of the message that it came with. */
  attributes: z.record(z.string(), z.string()),
  /** Milliseconds since 1970. */
  parkedAt: z.int(),
  reason: z.enum(['disabled', 'breaker', 'paused', 'rate']),
});

export type ParkedTask = z.infer<typeof parkedTask>;
