import * as z from 'zod/mini';
import { deliveryTask } from './delivery-task.ts';
import { orderedWake } from './ordered-wake.ts';
import { wake } from './wake.ts';

/**
 * A delivery task that is put back into its lane when it is due. It comes without its payload, which the message has:
 * each KB would be paid for twice, when it is written and when it is deleted.
 */
const dueTask = z.object({
  kind: z.literal('due'),
  what: z.literal('task'),
  /** Milliseconds since 1970. */
  dueAt: z.int(),
  task: deliveryTask,
  /** The text attributes of the message that it came with, the lane among them. */
  attributes: z.record(z.string(), z.string()),
});

/** A look at the parked tasks of an endpoint. */
const dueEndpoint = z.object({
  kind: z.literal('due'),
  what: z.literal('endpoint'),
  dueAt: z.int(),
  wake,
});

/** A look at a log for an ordered endpoint, whose next message had to wait. */
const dueOrder = z.object({
  kind: z.literal('due'),
  what: z.literal('order'),
  dueAt: z.int(),
  wake: orderedWake,
});

/** A message that is to be fanned out when it is due: by the removal of this item, which fan-out reads in the stream. */
export const dueMessage = z.object({
  kind: z.literal('due'),
  what: z.literal('message'),
  /** Milliseconds since 1970. */
  dueAt: z.int(),
  orgId: z.string(),
  appId: z.string(),
  messageId: z.string(),
});

/**
 * What waits for longer than a queue can hold it. It has no time to live: it is deleted after what it stands for was sent
 * on. A sweep leaves what it cannot read where it is, so a kind that is added is one that the version before survives.
 */
export const dueItem = z.discriminatedUnion('what', [dueTask, dueEndpoint, dueOrder, dueMessage]);

export type DueItem = z.infer<typeof dueItem>;
export type DueTask = z.infer<typeof dueTask>;
export type DueEndpoint = z.infer<typeof dueEndpoint>;
export type DueOrder = z.infer<typeof dueOrder>;
export type DueMessage = z.infer<typeof dueMessage>;

/** Of one shard: the first bucket that may still hold something. */
export const dueCursor = z.object({ kind: z.literal('due-cursor'), bucket: z.int() });
