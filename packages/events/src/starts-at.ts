import type { MessageRecord } from './message-record.ts';

/** When a message begins to count: what it waited for on purpose is no latency, and no part of what it lives for. */
export const startsAt = ({ acceptedAt, deliverAt }: Pick<MessageRecord, 'acceptedAt' | 'deliverAt'>): number =>
  deliverAt ?? acceptedAt;
