import { err, ok, type Result } from '@fanfare/core/result';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import type { Entry } from './accept-many.ts';
import { idOfSource } from './message-ids.ts';
import { readMessageParts } from './message-input.ts';
import { type Reasons, reason, reasonsOf } from './reasons.ts';
import { isTrusted, type TrustedSenders } from './trusted-senders.ts';

/** A message of the intake queue, as far as it is asked about. */
export type QueueMessage = {
  readonly messageId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly senderId: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
};

/** The longest that SQS keeps a message. */
const RETENTION_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Reads a message of the intake queue: its body is the payload, its attributes say whose it is and what it tells of. The
 * message's id and sending time make the id, so that it is accepted once however often it is received.
 */
export const readQueueMessage = (queued: QueueMessage, senders: TrustedSenders): Result<Entry, Reasons> => {
  const { attributes, body, senderId } = queued;
  const { organisation = '', application = '' } = attributes;
  const missing = ['organisation', 'application', 'eventType'].filter((name) => !attributes[name]);
  const read = readMessageParts(fieldsOf(attributes), body, 'attributes');
  if (missing.length > 0) return err(missing.flatMap((name) => reason('is missing', 'attributes', name)));
  if (!isTrusted(senders, organisation, senderId)) {
    return err(reason('its sender may not write for this organisation', 'attributes', 'organisation'));
  }
  if (!read.ok) return err(reasonsOf(read.error));
  const { messageId, sentAt } = originOf(queued);
  return ok({
    orgId: organisation,
    application,
    message: read.value,
    correlationId: correlationId(attributes.correlation_id, messageId),
    messageId: idOfSource(sentAt, 'queue', messageId),
    acceptedAt: sentAt,
    comesAgain: true,
  });
};

/** Attributes are text, so lists and numbers are written as text. */
const fieldsOf = ({
  channels,
  tags,
  payloadRetentionPeriod,
  payloadRetentionHours,
  ...attributes
}: QueueMessage['attributes']) => ({
  eventType: attributes.eventType,
  eventId: attributes.eventId,
  orderingKey: attributes.orderingKey,
  channels: listOf(channels),
  tags: listOf(tags),
  deliverAt: attributes.deliverAt,
  payloadRetentionPeriod: payloadRetentionPeriod === undefined ? undefined : Number(payloadRetentionPeriod),
  payloadRetentionHours: payloadRetentionHours === undefined ? undefined : Number(payloadRetentionHours),
});

const listOf = (text: string | undefined): string[] | undefined => text?.split(',').map((entry) => entry.trim());

/**
 * A dead letter that was put back is another message to SQS. The redrive tells which one it was before, because that one may
 * have been accepted by a function that died after it.
 */
const originOf = ({ messageId, sentAt, attributes }: QueueMessage): Pick<QueueMessage, 'messageId' | 'sentAt'> => {
  const [, id, time] = /^([\w-]{1,100}) (\d{13})$/.exec(attributes.origin ?? '') ?? [];
  if (id === undefined || Number(time) > sentAt || Number(time) < sentAt - 2 * RETENTION_MS)
    return { messageId, sentAt };
  return { messageId: id, sentAt: Number(time) };
};
