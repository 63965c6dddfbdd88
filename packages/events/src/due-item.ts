import * as z from 'zod/mini';
import { deliveryTask } from './delivery-task.ts';
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

/**
 * What waits for longer than a queue can hold it. It has no time to live: it is deleted after what it stands for was sent
 * on. A sweep leaves what it cannot read where it is, so a kind that is added is one that the version before survives.
 */
export const dueItem = z.discriminatedUnion('what', [dueTask, dueEndpoint]);

export type DueItem = z.infer<typeof dueItem>;
export type DueTask = z.infer<typeof dueTask>;
export type DueEndpoint = z.infer<typeof dueEndpoint>;

/** What makes two due items the same: written twice, it is there once. */
export const dueId = (item: DueItem): readonly string[] => {
  if (item.what === 'endpoint') return [item.wake.appId, item.wake.endpointId];
  const { messageId, endpointId, attempt } = item.task;
  return [messageId, endpointId, String(attempt)];
};

/** Of one shard: the first bucket that may still hold something. */
export const dueCursor = z.object({ kind: z.literal('due-cursor'), bucket: z.int() });
