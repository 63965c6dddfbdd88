import type { EndpointRecord } from './endpoint-record.ts';
import type { MessageRecord } from './message-record.ts';

/** What of an endpoint says which messages it gets. */
export type Selection = Pick<EndpointRecord, 'deletedAt' | 'disabled' | 'sinceVersion' | 'eventTypes' | 'channels'>;

/** Whether the endpoint asked for the event type and one of the channels, whenever it was made and the message accepted. */
export const asksFor = (
  endpoint: Pick<Selection, 'eventTypes' | 'channels'>,
  message: Pick<MessageRecord, 'eventType' | 'channels'>,
): boolean =>
  (endpoint.eventTypes?.includes(message.eventType) ?? true) &&
  (endpoint.channels?.some((channel) => message.channels?.includes(channel)) ?? true);

/**
 * Whether the endpoint gets the message: it is there and enabled, was made before the message was accepted, and asked for
 * the event type and one of the channels. A message without channels does not match an endpoint that asked for some.
 */
export const matches = (
  endpoint: Selection,
  message: Pick<MessageRecord, 'eventType' | 'channels' | 'appVersion'>,
): boolean =>
  endpoint.deletedAt === undefined &&
  !endpoint.disabled &&
  message.appVersion >= endpoint.sinceVersion &&
  asksFor(endpoint, message);
