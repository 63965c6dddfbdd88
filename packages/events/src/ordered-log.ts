import * as z from 'zod/mini';
import { labelFields } from './labels.ts';

/**
 * A message's place in the log of its ordering key, written in one transaction with the message. It has what tells whether an
 * endpoint gets the message, so that the others are passed without reading them.
 */
const logEntry = z.object({
  kind: z.literal('log-entry'),
  number: z.int(),
  messageId: z.string(),
  ...labelFields,
  appVersion: z.number(),
  /** Milliseconds since 1970 at which it took its place: later than the message's own time where that waited or was repeated. */
  acceptedAt: z.int(),
  correlationId: z.string(),
  /** Epoch seconds, those of the message. */
  expiresAt: z.number(),
});

/**
 * A number that was taken and never used. Whoever took it and comes late finds it closed, and takes another one; nobody waits
 * for it any more.
 */
const logHole = z.object({
  kind: z.literal('log-hole'),
  number: z.int(),
  /** Milliseconds since 1970. */
  closedAt: z.int(),
  expiresAt: z.number(),
});

export const logItem = z.discriminatedUnion('kind', [logEntry, logHole]);

export type LogEntry = z.infer<typeof logEntry>;
export type LogHole = z.infer<typeof logHole>;
export type LogItem = z.infer<typeof logItem>;

/** The item that says which number was taken last; the first one is 1. */
export const logNext = z.object({
  kind: z.literal('log-next'),
  taken: z.int(),
  /** Epoch seconds; moved with every number. */
  expiresAt: z.number(),
});

/**
 * How long a log goes on counting after its last number. Longer than the last message lives and a cursor after it: numbers
 * must not begin anew where somebody still remembers the old ones.
 */
export const LOG_SECONDS = 400 * 24 * 60 * 60;

/** The log of messages without an ordering key: one of letters, digits, `-` and `_` is never like it. */
export const DEFAULT_ORDERING_KEY = '.';

/**
 * How many letters an ordering key has at the most: with an endpoint's id and a number it has to fit into the 128 characters of
 * a deduplication id.
 */
export const ORDERING_KEY_LIMIT = 64;
