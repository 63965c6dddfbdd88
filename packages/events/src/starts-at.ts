import type { MessageRecord } from './message-record.ts';

/**
 * When a message begins to count: what it waited for on purpose is no latency, and no part of what it lives for. One that
 * was put back from the archive lives anew.
 */
export const startsAt = ({
  acceptedAt,
  deliverAt,
  restoredAt,
}: Pick<MessageRecord, 'acceptedAt' | 'deliverAt' | 'restoredAt'>): number => restoredAt ?? deliverAt ?? acceptedAt;
