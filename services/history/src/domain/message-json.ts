import { messageJson } from '@fanfare/core/http/message-answer';
import { unpackPayload } from '@fanfare/core/payload';
import type { Message } from './history.ts';

/** A stored message as the API shows it; its payload only as long as it may be shown. */
export const messageText = (message: Message, withContent: boolean, nowMs: number, more?: object): string => {
  const { id, eventType, eventId, channels, acceptedAt, deliverAt } = message;
  const body = withContent ? bodyOf(message, nowMs) : undefined;
  return messageJson({ id, eventType, eventId, channels, acceptedAt, deliverAt, body }, withContent, more);
};

const bodyOf = (message: Message, nowMs: number): string | undefined => {
  if (message.payloadExpiresAt < Math.floor(nowMs / 1000)) return undefined;
  return new TextDecoder().decode(unpackPayload({ encoding: message.encoding, bytes: message.payload }));
};
