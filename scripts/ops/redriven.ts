import type { Message, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';

/**
 * A dead letter as it goes back into its queue: the same body and attributes, and the same message group, so that
 * queues go on serving applications in turn. A task that lost its group on the way gets that of its application. What is no
 * task says which message it was: that one may have been done, and this one is another to its queue.
 */
export const redriven = (
  { MessageId, Body = '', Attributes = {}, MessageAttributes = {} }: Message,
  isFifo: boolean,
): Omit<SendMessageBatchRequestEntry, 'Id'> => {
  // The body of what came in from outside is a payload, whatever it looks like.
  const task = 'application' in MessageAttributes ? undefined : taskOf(Body);
  const group = Attributes.MessageGroupId ?? task?.appId;
  return {
    MessageBody: task === undefined ? Body : anew(task, Body),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    // Its own would be that of a message which the queue may have taken minutes ago, and would make this one vanish.
    ...(isFifo ? { MessageDeduplicationId: `redrive-${MessageId}` } : {}),
    MessageAttributes: Object.fromEntries([
      ...Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        { DataType, ...(BinaryValue === undefined ? { StringValue } : { BinaryValue }) },
      ]),
      ...(task === undefined && !(ORIGIN in MessageAttributes) && hasRoom(MessageAttributes)
        ? [[ORIGIN, { DataType: 'String', StringValue: `${MessageId} ${Attributes.SentTimestamp}` }]]
        : []),
    ]),
  };
};

/** Read by `ingest`: the message's first id and sending time. */
const ORIGIN = 'origin';

/** SQS's limit. A message that needs them all is redriven without its origin. */
const MOST_ATTRIBUTES = 10;
const hasRoom = (attributes: object): boolean => Object.keys(attributes).length < MOST_ATTRIBUTES;

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
