import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { LogEntry, LogHole } from '@fanfare/events/ordered-log';
import { ACCEPTED_AT, REF } from '../task.fake.ts';

export const KEY = 'customer-1';

/** The message of a number. Ids of messages are letters, digits and `_`. */
export const messageId = (number: number): string => `msg_${number}`;

export const entry = (number: number, fields: Partial<LogEntry> = {}): LogEntry => ({
  kind: 'log-entry',
  number,
  messageId: messageId(number),
  eventType: 'invoice.paid',
  appVersion: 3,
  acceptedAt: ACCEPTED_AT + number,
  correlationId: `c-${number}`,
  expiresAt: ACCEPTED_AT / 1000 + 7_776_000,
  ...fields,
});

export const hole = (number: number, fields: Partial<LogHole> = {}): LogHole => ({
  kind: 'log-hole',
  number,
  closedAt: ACCEPTED_AT + number,
  expiresAt: ACCEPTED_AT / 1000 + 7_776_000,
  ...fields,
});

export const cursor = (fields: Partial<OrderedCursor> = {}): OrderedCursor => ({
  kind: 'ordered-cursor',
  endpointId: REF.endpointId,
  orderingKey: KEY,
  next: 1,
  attempt: 1,
  expiresAt: ACCEPTED_AT / 1000 + 90_000_000,
  ...fields,
});
