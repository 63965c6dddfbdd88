import * as z from 'zod/mini';
import { RETENTION_SECONDS } from './retention.ts';

/**
 * How far an ordered endpoint has come in a log. Written by delivery alone, each time under the condition that it is as it was
 * read, so that of two who work on the same log one goes on.
 */
export const orderedCursor = z.object({
  kind: z.literal('ordered-cursor'),
  endpointId: z.string(),
  orderingKey: z.string(),
  /** The number of the message that is next. Everything before it is delivered, given up on or not for this endpoint. */
  next: z.int(),
  /** Which attempt of that message is next: 1 for the first. */
  attempt: z.int(),
  /** Milliseconds since 1970 before which it is not tried; absent when nothing holds it up. A look is announced for then. */
  blockedUntil: z.optional(z.int()),
  /** Why it waits: `retry`, `disabled`, `breaker`, `paused`, `rate` or `hole`, of this version. */
  blockedBy: z.optional(z.string()),
  /** Milliseconds since 1970: the time that was reserved for that attempt at an endpoint with a rate. It is reserved once. */
  slotAt: z.optional(z.int()),
  /** Milliseconds since 1970 until which somebody works on it; absent when nobody does. */
  leaseUntil: z.optional(z.int()),
  /** Whose lease that is. */
  leaseId: z.optional(z.string()),
  /** Epoch seconds: `CURSOR_SECONDS` after its last change. */
  expiresAt: z.number(),
});

export type OrderedCursor = z.infer<typeof orderedCursor>;

/** How long a cursor is kept after its last change: longer than what waits in the log lives. */
export const CURSOR_SECONDS = RETENTION_SECONDS + 100 * 24 * 60 * 60;

/** When a cursor was changed last, in milliseconds since 1970. */
export const lastMovedAt = ({ expiresAt }: Pick<OrderedCursor, 'expiresAt'>): number =>
  (expiresAt - CURSOR_SECONDS) * 1000;
