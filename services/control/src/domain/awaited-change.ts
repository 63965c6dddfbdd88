import type { EndpointRecord } from '@fanfare/events/endpoint-record';

/**
 * Whether something may have waited for a change of an endpoint: what was parked or stood still in a log while it was
 * disabled, and what is left in its logs when it ceases to be ordered.
 */
export const isAwaited = ({
  before,
  after,
}: {
  readonly before?: EndpointRecord | undefined;
  readonly after: EndpointRecord;
}): boolean =>
  before !== undefined &&
  after.deletedAt === undefined &&
  ((before.disabled && !after.disabled) || (before.orderedSince !== undefined && after.orderedSince === undefined));
