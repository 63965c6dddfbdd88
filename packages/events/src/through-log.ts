import type { EndpointRecord } from './endpoint-record.ts';
import type { MessageRecord } from './message-record.ts';

/**
 * Whether an endpoint gets a message through its log, one after the other, or as a task of its own: the message has its
 * place, and was accepted when the endpoint was ordered already. Versions tell that whatever clocks say. Everybody has to judge
 * alike: what one takes for a task and another for an entry of the log would be sent twice, or by nobody.
 */
export const comesThroughLog = (
  { orderedSince, orderedVersion = 0 }: Pick<EndpointRecord, 'orderedSince' | 'orderedVersion'>,
  { order, appVersion }: Pick<MessageRecord, 'order' | 'appVersion'>,
): boolean => order !== undefined && orderedSince !== undefined && appVersion >= orderedVersion;
