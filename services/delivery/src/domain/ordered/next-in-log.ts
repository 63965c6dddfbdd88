import { unreachable } from '@fanfare/core/unreachable';
import type { LogEntry, LogItem } from '@fanfare/events/ordered-log';

/** A stretch of a log, in the order it was read. `isLast`: nothing lies behind it, as of the moment it was read. */
export type LogPage = { readonly items: readonly LogItem[]; readonly isLast: boolean };

/** Which attempt of which number is next. */
export type Position = { readonly next: number; readonly attempt: number };

export type LogStep =
  /** Nothing is left. */
  | { readonly kind: 'end' }
  /** Nothing is left of this page. */
  | { readonly kind: 'read-on' }
  /** It is this message's turn. */
  | { readonly kind: 'turn'; readonly entry: LogEntry }
  /** Whoever took this number has not written yet, and may before that time, in milliseconds since 1970. */
  | { readonly kind: 'wait'; readonly until: number }
  /** Nobody waits for this number any longer. */
  | { readonly kind: 'close'; readonly number: number };

/** How long somebody who took a number has to use it before others go on without it. */
export const HOLE_PATIENCE_MS = 30_000;

/** No function lives that long. What is missing before an item that old was deleted, or will never be written. */
const NOBODY_WRITES_AFTER_MS = 24 * 60 * 60_000;

/**
 * Passes what is not for an endpoint, and says what comes then. An attempt after the first was promised, whatever its
 * endpoint wants by now. A number at which nothing stands was taken before the one that stands behind it: it holds up its log
 * until it is used or closed.
 */
export const nextInLog = (
  position: Position,
  page: LogPage,
  isWanted: (entry: LogEntry) => boolean,
  nowMs: number,
): { readonly position: Position; readonly step: LogStep } => {
  let { next, attempt } = position;
  for (const item of page.items) {
    if (item.number < next) continue;
    if (item.number > next) {
      const ageMs = nowMs - placedAt(item);
      if (ageMs < HOLE_PATIENCE_MS) {
        return { position: { next, attempt }, step: { kind: 'wait', until: placedAt(item) + HOLE_PATIENCE_MS } };
      }
      if (ageMs < NOBODY_WRITES_AFTER_MS) {
        return { position: { next, attempt }, step: { kind: 'close', number: next } };
      }
      [next, attempt] = [item.number, 1];
    }
    if (item.kind === 'log-entry' && (attempt > 1 || isWanted(item))) {
      return { position: { next, attempt }, step: { kind: 'turn', entry: item } };
    }
    [next, attempt] = [next + 1, 1];
  }
  return { position: { next, attempt }, step: { kind: page.isLast ? 'end' : 'read-on' } };
};

/** When the number that an item stands at was in use. Numbers below were taken before. */
const placedAt = (item: LogItem): number => {
  switch (item.kind) {
    case 'log-entry':
      return item.acceptedAt;
    case 'log-hole':
      return item.closedAt;
    default:
      return unreachable(item);
  }
};
