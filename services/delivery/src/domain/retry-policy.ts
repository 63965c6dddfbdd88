import * as z from 'zod/mini';

/** When a failed attempt is repeated: seconds to wait before attempt 2, 3 and so on. */
export type RetryPolicy = { readonly delaysSeconds: readonly number[] };

/** Each wait is shortened or lengthened by up to this share, so that what failed together is not repeated together. */
const JITTER = 0.2;

/**
 * How far an endpoint may lengthen a wait by Retry-After. Twice keeps the whole schedule within twice its length, whatever
 * the endpoint asks for, and is what senders of this protocol commonly grant.
 */
const MOST_LENGTHENED = 2;

const schedule = z.array(z.int().check(z.minimum(0)));

/** Reads the setting: a JSON list of whole seconds. Throws for anything else. */
export const parseRetryPolicy = (text: string): RetryPolicy => ({ delaysSeconds: schedule.parse(JSON.parse(text)) });

export type RetryDelay = { readonly kind: 'wait'; readonly seconds: number } | { readonly kind: 'schedule-ended' };

/**
 * How long to wait after attempt number `attempt` (1-based) has failed. `jitter` is in [0, 1). Retry-After never shortens
 * a wait.
 */
export const retryDelay = (
  attempt: number,
  { delaysSeconds }: RetryPolicy,
  jitter: number,
  retryAfterSeconds = 0,
): RetryDelay => {
  const base = delaysSeconds[attempt - 1];
  if (base === undefined) return { kind: 'schedule-ended' };
  const jittered = base * (1 - JITTER + 2 * JITTER * jitter);
  const lengthened = Math.max(jittered, Math.min(retryAfterSeconds, base * MOST_LENGTHENED));
  return { kind: 'wait', seconds: Math.round(lengthened) };
};
