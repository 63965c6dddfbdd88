import * as z from 'zod/mini';

/** When a failed attempt is repeated: seconds to wait before attempt 2, 3 and so on. */
export type RetrySchedule = { readonly delaysSeconds: readonly number[] };

/** The schedule of a stage, and those of the event types that have one of their own. */
export type RetryPolicy = RetrySchedule & { readonly byEventType?: ReadonlyMap<string, readonly number[]> };

/** Each wait is shortened or lengthened by up to this share, so that what failed together is not repeated together. */
const JITTER = 0.2;

/**
 * How far an endpoint may lengthen a wait by Retry-After. Twice keeps the whole schedule within twice its length, whatever
 * the endpoint asks for, and is what senders of this protocol commonly grant.
 */
const MOST_LENGTHENED = 2;

/** The same limits as Terraform's, for a setting that was changed by hand. */
const MAX_WAITS = 24;
const MAX_WAIT_SECONDS = 604_800;

const wait = z
  .number('must be a number of seconds')
  .check(
    z.int('must be whole seconds'),
    z.minimum(0, 'must not be negative'),
    z.maximum(MAX_WAIT_SECONDS, `must be at most ${MAX_WAIT_SECONDS} seconds`),
  );
const schedule = z
  .array(wait, 'must be a list of seconds')
  .check(z.maxLength(MAX_WAITS, `must have at most ${MAX_WAITS} entries`));
const setting = z.object({ default: schedule, eventTypes: z.record(z.string(), schedule) });

/**
 * Reads the setting: a JSON list of whole seconds for every event type, or an object with such a list as `default` and
 * others by event type as `eventTypes`. Throws for anything else, and says where it is wrong.
 */
export const parseRetryPolicy = (text: string): RetryPolicy => {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return { delaysSeconds: checked(schedule, value) };
  const { default: delaysSeconds, eventTypes } = checked(setting, value);
  return { delaysSeconds, byEventType: new Map(Object.entries(eventTypes)) };
};

const checked = <T extends z.ZodMiniType>(schema: T, value: unknown): z.infer<T> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new Error(`the retry schedule cannot be read: ${problems.join('; ')}`);
};

/** The schedule of a message: its event type's own, or the stage's. */
export const scheduleFor = ({ delaysSeconds, byEventType }: RetryPolicy, eventType: string): RetrySchedule => ({
  delaysSeconds: byEventType?.get(eventType) ?? delaysSeconds,
});

export type RetryDelay = { readonly kind: 'wait'; readonly seconds: number } | { readonly kind: 'schedule-ended' };

/**
 * How long to wait after attempt number `attempt` (1-based) has failed. `jitter` is in [0, 1). Retry-After never shortens
 * a wait.
 */
export const retryDelay = (
  attempt: number,
  { delaysSeconds }: RetrySchedule,
  jitter: number,
  retryAfterSeconds = 0,
): RetryDelay => {
  const base = delaysSeconds[attempt - 1];
  if (base === undefined) return { kind: 'schedule-ended' };
  const jittered = base * (1 - JITTER + 2 * JITTER * jitter);
  const lengthened = Math.max(jittered, Math.min(retryAfterSeconds, base * MOST_LENGTHENED));
  return { kind: 'wait', seconds: Math.round(lengthened) };
};
