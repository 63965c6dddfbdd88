import { createHash } from 'node:crypto';
import { deliveryTasks } from '@fanfare/core/deliveries/delivery-tasks';
import { laneOfEndpoint } from '@fanfare/core/deliveries/lane-of-endpoint';
import { type Publication, publicationOf } from '@fanfare/core/deliveries/publication';
import { type AttemptRef, attemptKey, type Key, type MessageRef } from '@fanfare/core/keys';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';

/** A message, to an endpoint, in a replay of a name: whoever asks for the same asks for the same attempt. */
export type ReplayedMessage = { readonly ref: MessageRef; readonly endpointId: string; readonly name: string };

/** The key of the attempt that a replay makes of a message. */
export const replayAttemptKey = (replayed: ReplayedMessage): Key =>
  attemptKey({
    ...replayed.ref,
    ...{ endpointId: replayed.endpointId, attempt: 1, trigger: 'manual', copyId: copyIdOf(replayed) },
  } satisfies AttemptRef);

/** One attempt by hand, which waits for rates, pauses, breakers and a disabled endpoint as every replay's does. */
export const replayPublication = (
  replayed: ReplayedMessage,
  message: MessageRecord,
  endpoint: Pick<EndpointRecord, 'url' | 'slowSince'>,
): Publication => {
  const wanted = { endpointId: replayed.endpointId, attempt: 1, lane: laneOfEndpoint(endpoint) };
  const [task] = deliveryTasks(replayed.ref, message, [wanted], () => copyIdOf(replayed));
  if (task === undefined) throw new Error('a wanted attempt makes a task');
  return publicationOf(
    { ...task, trigger: 'manual', replay: true },
    correlationId(message.correlationId, replayed.ref.messageId),
  );
};

/** 128 bits are enough against accident. */
const copyIdOf = ({ name, endpointId, ref }: ReplayedMessage): string =>
  createHash('sha256')
    .update(`archive-replay\n${name}\n${ref.messageId}\n${endpointId}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');
