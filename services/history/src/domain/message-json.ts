import { messageJson } from '@fanfare/core/http/message-answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { unpackPayload } from '@fanfare/core/payload';
import { bodyAt } from '@fanfare/core/payload-object';
import type { HistoryPorts, Message } from './history.ts';
import { refOf } from './scope.ts';

/** A stored message as the API shows it; its payload only as long as it may be shown. */
export const messageText = async (
  application: ApplicationRef,
  message: Message,
  withContent: boolean,
  { readPayload, now }: Pick<HistoryPorts, 'readPayload' | 'now'>,
  more?: object,
): Promise<string> => {
  const { id, eventType, eventId, channels, tags, acceptedAt, deliverAt } = message;
  const isShown = withContent && message.payloadExpiresAt >= Math.floor(now() / 1000);
  const stored = isShown ? await bodyAt(refOf(application, message), message, readPayload) : undefined;
  const body = stored && new TextDecoder().decode(unpackPayload(stored));
  return messageJson({ id, eventType, eventId, channels, tags, acceptedAt, deliverAt, body }, withContent, more);
};
