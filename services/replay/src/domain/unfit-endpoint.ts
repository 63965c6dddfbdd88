import type { EndpointRecord } from '@fanfare/events/endpoint-record';

/** What is in the way of sending many messages to an endpoint, as its caller is told after its name; `undefined`: nothing. */
export const problemWith = ({
  disabled,
  orderedSince,
}: Pick<EndpointRecord, 'disabled' | 'orderedSince'>): string | undefined => {
  if (orderedSince !== undefined) return 'is ordered: a replay would send it what is older than what it has';
  return disabled ? 'is disabled: enable it first' : undefined;
};
