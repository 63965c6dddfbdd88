import type { Service } from '@fanfare/core/destinations/destination';
import { unreachable } from '@fanfare/core/unreachable';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { WebhookRequest } from './webhook-request.ts';

/** A message for a destination of AWS. Each adapter puts it into the shape that its service has. */
export type DestinationMessage = {
  readonly eventType: string;
  /** The bytes that were posted, as text: the signature is theirs. */
  readonly body: string;
  /** What a webhook would carry as headers: id, time, signature and, as there is no URL to tell it, the event type. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** The same for every attempt of a delivery, so that a FIFO destination drops what it has got already. */
  readonly deduplicationId: string;
  /** Within a FIFO destination: the application. */
  readonly groupId: string;
  /** Where a bucket keeps it, behind the prefix. The same on every attempt: a repeat replaces itself. */
  readonly objectKey: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
};

const CARRIED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

/** Makes a signed request into a message. */
export const destinationMessage = ({ headers, body }: WebhookRequest, task: DeliveryTask): DestinationMessage => ({
  eventType: task.eventType,
  body: Buffer.from(body).toString('utf8'),
  attributes: {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => CARRIED.includes(name))),
    'webhook-event-type': task.eventType,
  },
  messageId: task.messageId,
  // Whoever resends by hand wants it again, so that must not be dropped as a repeat.
  deduplicationId: task.trigger === 'manual' ? `${task.messageId}.${task.copyId ?? task.attempt}` : task.messageId,
  groupId: task.appId,
  objectKey: `${dayOf(task.acceptedAt)}/${task.messageId}.json`,
  acceptedAt: task.acceptedAt,
});

/** For services without attributes: what a function behind an HTTP API would be called with, so that code can be shared. */
export const envelopeOf = ({ attributes, body }: DestinationMessage): string =>
  JSON.stringify({ headers: { 'content-type': 'application/json', ...attributes }, body });

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');

const KIB = 1024;

/**
 * What a service takes at most, in bytes. Sources: quotas of SQS (1 MiB since August 2025), SNS (256 KiB), EventBridge
 * (1 MB since January 2026), Kinesis (1 MiB, unless a stream is set to more), Lambda's asynchronous invocations (1 MB since
 * October 2025) and S3 (5 GB at once).
 */
export const LIMIT_BYTES: Record<Service, number> = {
  sqs: 1024 * KIB,
  sns: 256 * KIB,
  events: 1_000_000,
  kinesis: 1024 * KIB,
  lambda: 1_000_000,
  s3: 5 * KIB * KIB * KIB,
};

/** Beside the detail: source, time and the names of fields. Generous. */
const ENTRY_BYTES = 256;

/** What a message counts as, the way its service counts. */
export const messageBytes = (service: Service, message: DestinationMessage): number => {
  switch (service) {
    case 'sqs':
    case 'sns':
      return bytesOf(message.body) + attributesBytes(message);
    case 'events':
      return bytesOf(message.body) + bytesOf(message.eventType) + bytesOf(message.messageId) + ENTRY_BYTES;
    case 'kinesis':
      return bytesOf(envelopeOf(message)) + bytesOf(message.messageId);
    case 'lambda':
      return bytesOf(envelopeOf(message));
    case 's3':
      return bytesOf(message.body);
    default:
      return unreachable(service);
  }
};

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** Names, types and values count. */
const attributesBytes = ({ attributes }: DestinationMessage): number =>
  Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + bytesOf(name) + bytesOf('String') + bytesOf(value),
    0,
  );
