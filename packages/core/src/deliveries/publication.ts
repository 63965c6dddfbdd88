import { type DeliveryTask, type Lane, laneOf } from '@fanfare/events/delivery-task';
import { batches } from '../batches.ts';

/** A task as it goes to the topic. */
export type Publication = {
  readonly body: string;
  /** The application: queues serve applications in turn, so that one with many tasks does not hold up the others. */
  readonly groupId: string;
  /** Which queue the topic puts it into. */
  readonly lane: Lane;
  readonly correlationId: string;
};

/** Resolves when every one was taken; throws when some stay refused. */
export type PublishTasks = (publications: readonly Publication[]) => Promise<void>;

/** SNS's limits of one PublishBatch call, and of one message; attributes count. */
export const MAX_BATCH_ENTRIES = 10;
export const MAX_BATCH_BYTES = 256 * 1024;

/** Names, types and the lane's value, beside what is measured. Generous. */
const ATTRIBUTES_BYTES = 128;

export const publicationOf = (task: DeliveryTask, correlationId: string): Publication => ({
  body: JSON.stringify(task),
  groupId: task.appId,
  lane: laneOf(task),
  correlationId,
});

export const publicationBytes = ({ body, correlationId }: Publication): number =>
  Buffer.byteLength(body) + Buffer.byteLength(correlationId) + ATTRIBUTES_BYTES;

/** Splits publications, in order, into batches that each fit into one call. None may be over the limit by itself. */
export const batchesOf = (publications: readonly Publication[]): Publication[][] =>
  batches(publications, { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES, bytesOf: publicationBytes });
