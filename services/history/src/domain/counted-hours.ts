import type { Refusal } from '@fanfare/core/http/answer';
import { err, ok, type Result } from '@fanfare/core/result';
import { hourOf } from '@fanfare/events/statistics-record';
import type { Hours } from './history.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A caller's clock may be off by this much. */
const SLACK_MS = 5 * 60 * 1000;

/**
 * The hours of a stretch of time, at most `longestDays` of it. What is counted is kept by the hour, so that the hours of both
 * ends count as a whole. Times are in milliseconds since 1970.
 */
export const countedHours = (
  { since, until }: { readonly since: number; readonly until: number },
  longestDays: number,
  nowMs: number,
): Result<Hours, Refusal> => {
  if (until > nowMs + SLACK_MS) return invalidRange('`until` must not be in the future.');
  if (since > until) return invalidRange('`since` must not be later than `until`.');
  if (until - since > longestDays * DAY_MS + SLACK_MS) {
    return invalidRange(`There must be at most ${longestDays} days between both times.`);
  }
  return ok({ from: hourOf(since), to: hourOf(until) });
};

const invalidRange = (detail: string) => err({ kind: 'malformed', code: 'invalid_range', detail } as const);
