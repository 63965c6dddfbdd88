import type { Attributes, Letter, Outgoing } from './letter.ts';

/**
 * A dead letter as it goes back into its queue: the same body and attributes, and the same message group, so that
 * queues go on serving applications in turn. A task that lost its group on the way gets that of its application. What is no
 * task says which message it was: that one may have been done, and this one is another to its queue.
 */
export const putBack = ({ id, body, sentAtMs, group, attributes }: Letter, isFifo: boolean): Outgoing => {
  // The body of what came in from outside is a payload, whatever it looks like.
  const task = 'application' in attributes ? undefined : taskOf(body);
  const itsGroup = group ?? task?.appId;
  return {
    body: task === undefined ? body : anew(task, body),
    ...(itsGroup === undefined ? {} : { group: itsGroup }),
    // Its own would be that of a message which the queue may have taken minutes ago, and would make this one vanish.
    ...(isFifo ? { deduplicationId: `redrive-${id}` } : {}),
    attributes: {
      ...attributes,
      ...(task === undefined && !(ORIGIN in attributes) && hasRoom(attributes)
        ? { [ORIGIN]: { type: 'String', text: `${id} ${sentAtMs}` } }
        : {}),
    },
  };
};

/** Read by `ingest`: the message's first id and sending time. */
const ORIGIN = 'origin';

/** SQS's limit. A message that needs them all is redriven without its origin. */
const MOST_ATTRIBUTES = 10;
const hasRoom = (attributes: Attributes): boolean => Object.keys(attributes).length < MOST_ATTRIBUTES;

type Task = { readonly appId?: string; readonly hops?: number };

/** Somebody has looked at it, so it has all its hops again. What has none keeps every byte. */
const anew = (task: Task, text: string): string => {
  if (task.hops === undefined) return text;
  const { hops: _hops, ...rest } = task;
  return JSON.stringify(rest);
};

const taskOf = (text: string): Task | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('appId' in body) || typeof body.appId !== 'string') return;
    return body as Task;
  } catch {
    return undefined;
  }
};
