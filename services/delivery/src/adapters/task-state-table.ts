import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { attemptKey, endpointKey, type Key, messageKey, versionKey } from '@fanfare/core/keys';
import type { ReadPayload } from '@fanfare/core/payload-object';
import { versionRecord } from '@fanfare/events/application-record';
import { attemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { messageRecord } from '@fanfare/events/message-record';
import * as z from 'zod/mini';
import { type TaskState, wasThereAt } from '../domain/sendable.ts';
import { readBodies } from './message-bodies.ts';

/** Answers the state of one of the tasks that were read. Throws when an item of it cannot be understood. */
export type StateOf = (task: DeliveryTask) => TaskState;

/**
 * Reads what the table says about a batch of tasks by one strongly consistent batch read: whether the attempt stands, the
 * endpoint, the application, and the message where the task does not carry its payload. Where a message of the application
 * was expunged since the task's was accepted, a second one reads whether it was this. Where an object has a payload, it is
 * read as well, once for a message; one that cannot be read fails its own tasks alone.
 */
export const taskStateTable =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting, readPayload: ReadPayload) =>
  async (tasks: readonly DeliveryTask[]): Promise<StateOf> => {
    const items = await batchGet(client, tableName, tasks.flatMap(keysOf), waiting);
    const byKey = new Map(items.map((item) => [text(item as Key), item]));
    const find: Find = (key) => byKey.get(text(key));
    const doubtful = tasks.filter((task) => task.payload !== undefined && mayBeExpunged(task, find));
    for (const item of await batchGet(client, tableName, doubtful.map(messageKey), waiting)) {
      byKey.set(text(item as Key), item);
    }
    // What stands recorded is not sent again.
    const unsent = tasks.filter((task) => task.payload === undefined && find(attemptKey(task)) === undefined);
    const withBody = await readBodies(unsent, (task) => find(messageKey(task)), readPayload);
    return (task) => withBody(task, stateOf(task, find));
  };

type Find = (key: Key) => unknown;

/** Nothing but this asks for the message of a task that carries its payload: who never expunges anything pays nothing. */
const mayBeExpunged = (task: DeliveryTask, find: Find): boolean => {
  const application = find(versionKey(task)) as { readonly contentExpungedAt?: unknown } | undefined;
  return wasThereAt(task, application?.contentExpungedAt);
};

const keysOf = (task: DeliveryTask): Key[] => [
  attemptKey(task),
  endpointKey(task),
  versionKey(task),
  ...(task.payload === undefined ? [messageKey(task)] : []),
];

const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;

const state = z.object({
  standing: z.optional(attemptRecord),
  endpoint: z.optional(endpointRecord),
  application: z.optional(versionRecord),
  message: z.optional(messageRecord),
});

/** The state of a task out of the items that `find` has. Throws when one of them cannot be understood. */
export const stateOf = (task: DeliveryTask, find: Find): TaskState =>
  state.parse({
    standing: find(attemptKey(task)),
    endpoint: find(endpointKey(task)),
    application: find(versionKey(task)),
    message: task.payload === undefined || mayBeExpunged(task, find) ? find(messageKey(task)) : undefined,
  }) as TaskState;
