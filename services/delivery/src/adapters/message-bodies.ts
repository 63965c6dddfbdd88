import { concurrently } from '@fanfare/core/concurrently';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import type { ReadPayload } from '@fanfare/core/payload-object';
import { messageRecord } from '@fanfare/events/message-record';
import type { TaskState } from '../domain/sendable.ts';

/** A batch has ten tasks at most, so all bodies of one are ten megabytes. */
const READS_AT_ONCE = 5;

type Read =
  | { readonly kind: 'read'; readonly body: Uint8Array | undefined }
  | { readonly kind: 'failed'; error: unknown };

/**
 * Reads the bodies that objects have, of the messages of some tasks, each once. Answers what puts the body of a task's message
 * into its state. That throws where the body could not be read, and leaves it out where it is gone.
 */
export const readBodies = async (
  refs: readonly MessageRef[],
  itemOf: (ref: MessageRef) => unknown,
  readPayload: ReadPayload,
): Promise<(ref: MessageRef, state: TaskState) => TaskState> => {
  const wanted = new Map(refs.map((ref) => [nameOf(ref), ref]));
  const reads = await concurrently(READS_AT_ONCE, [...wanted], async ([name, ref]): Promise<[string, Read][]> => {
    // One that cannot be understood is reported with its task.
    const message = messageRecord.safeParse(itemOf(ref));
    // What was expunged is not read, even where its object is still there.
    const object = message.success && message.data.expungedAt === undefined ? message.data.payloadObject : undefined;
    return object === undefined ? [] : [[name, await attempted(readPayload(ref, object))]];
  });
  const bodies = new Map(reads.flat());
  return (ref, state) => {
    const read = bodies.get(nameOf(ref));
    if (read === undefined || state.message === undefined) return state;
    if (read.kind === 'failed') throw read.error;
    return { ...state, message: { ...state.message, payload: read.body } };
  };
};

const attempted = (reading: Promise<Uint8Array | undefined>): Promise<Read> =>
  reading.then(
    (body) => ({ kind: 'read', body }),
    (error: unknown) => ({ kind: 'failed', error }),
  );

const nameOf = (ref: MessageRef): string => Object.values(messageKey(ref)).join(' ');
