import { unpackPayload } from '@fanfare/core/payload';
import { VERSION } from '@fanfare/core/version';
import { type SigningKey, sign } from '@fanfare/core/webhooks/signature';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import type { DeliveryTask } from '@fanfare/events/delivery-task';

/** A POST, ready to be sent. */
export type WebhookRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** The bytes that were posted, the same on every attempt. */
export const bodyOf = ({ encoding, base64 }: NonNullable<DeliveryTask['payload']>): Uint8Array =>
  unpackPayload({ encoding, bytes: new Uint8Array(Buffer.from(base64, 'base64')) });

/**
 * The signed request of one attempt. The id is the message's, the same on every attempt; the time is the attempt's.
 * `keys` are the endpoint's, the current one first; `custom` are its own headers, none of which is one of ours.
 * Source: Standard Webhooks 1.0.0, "Webhook metadata" and "Signature scheme".
 */
export const webhookRequest = (
  url: string,
  messageId: string,
  attemptedAtMs: number,
  body: Uint8Array,
  keys: readonly SigningKey[],
  custom: CustomHeaders = {},
): WebhookRequest => {
  const timestampSeconds = Math.floor(attemptedAtMs / 1000);
  return {
    url,
    headers: {
      ...(Object.keys(custom).some((name) => name.toLowerCase() === 'accept') ? {} : { accept: '*/*' }),
      ...custom,
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': `Fanfare/${VERSION}`,
      'webhook-id': messageId,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': sign({ id: messageId, timestampSeconds, body }, keys),
    },
    body,
  };
};
