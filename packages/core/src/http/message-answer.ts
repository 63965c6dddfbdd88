import { type Answer, jsonText } from './answer.ts';

/** A message as the API shows it. `body` is the payload's own JSON text, or `undefined` when it may no longer be shown. */
export type MessageView = {
  readonly id: string;
  readonly eventType: string;
  readonly eventId?: string | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly acceptedAt: number;
  /** Milliseconds since 1970; only of a message that is, or was, to be delivered later. */
  readonly deliverAt?: number | undefined;
  readonly body: string | undefined;
};

const EXPIRED = '{"expired":true}';
const NOT_ASKED_FOR = '{}';

/**
 * The message as JSON text. The payload is put in as the text it is: parsing and printing it again would change numbers
 * that JavaScript cannot hold.
 */
export const messageJson = (message: MessageView, withContent: boolean, more: object = {}): string => {
  const { id, eventType, eventId = null, channels = null, tags = null } = message;
  const timestamp = new Date(message.acceptedAt).toISOString();
  const deliverAt = message.deliverAt === undefined ? {} : { deliverAt: new Date(message.deliverAt).toISOString() };
  const head = JSON.stringify({ id, eventId, eventType, channels, tags, timestamp, ...deliverAt, ...more });
  return `${head.slice(0, -1)},"payload":${withContent ? (message.body ?? EXPIRED) : NOT_ASKED_FOR}}`;
};

export const messageAnswer = (statusCode: number, message: MessageView, withContent: boolean): Answer =>
  jsonText(statusCode, messageJson(message, withContent));
