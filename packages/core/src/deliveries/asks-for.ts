import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';

/**
 * Whether an endpoint asked for a message's event type and for one of its channels. A message without channels is not for an
 * endpoint that asked for some.
 */
export const asksFor = (
  endpoint: Pick<EndpointRecord, 'eventTypes' | 'channels'>,
  message: Pick<MessageRecord, 'eventType' | 'channels'>,
): boolean =>
  (endpoint.eventTypes?.includes(message.eventType) ?? true) &&
  (endpoint.channels?.some((channel) => message.channels?.includes(channel)) ?? true);
