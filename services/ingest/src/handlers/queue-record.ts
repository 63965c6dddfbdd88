import type { SQSRecord } from 'aws-lambda';
import type { QueueMessage } from '../domain/queue-message.ts';

/** What an event source says of a message of a queue. Attributes that are no text count as absent. */
export const queueMessageOf = ({ messageId, body, attributes, messageAttributes }: SQSRecord): QueueMessage => ({
  messageId,
  body,
  sentAt: Number(attributes.SentTimestamp),
  senderId: attributes.SenderId,
  attributes: Object.fromEntries(
    Object.entries(messageAttributes).map(([name, { stringValue }]) => [name, stringValue]),
  ),
});
