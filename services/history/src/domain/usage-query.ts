import type { Refusal } from '@fanfare/core/http/answer';
import { checked, parseBody } from '@fanfare/core/http/body';
import { label, time } from '@fanfare/core/http/field';
import { ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { countedHours } from './counted-hours.ts';
import type { Hours } from './history.ts';
import { parametersOf } from './list-query.ts';

/** A month, whichever it is. */
const LONGEST_DAYS = 31;
const MOST_APPLICATIONS = 100;

export type UsageQuery = {
  readonly hours: Hours;
  /** Ids and uids; absent for all applications. */
  readonly applications?: readonly string[];
};

const times = { since: time, until: time };
const querySchema = z.object(times);
const bodySchema = z.object({
  ...times,
  appIds: z.optional(
    z.nullable(
      z.array(label).check(z.maxLength(MOST_APPLICATIONS, `must name at most ${MOST_APPLICATIONS} applications`)),
    ),
  ),
});

/** Reads the body that asks for the usage of several applications. */
export const usageBody = (body: string, nowMs: number): Result<UsageQuery, Refusal> => {
  const parsed = parseBody(body, bodySchema);
  if (!parsed.ok) return parsed;
  const { appIds, ...stretch } = parsed.value;
  const hours = countedHours(stretch, LONGEST_DAYS, nowMs);
  if (!hours.ok) return hours;
  return ok({ hours: hours.value, ...(appIds && { applications: [...new Set(appIds)] }) });
};

/** Reads the query string that asks for the hours of one application. */
export const usageHoursQuery = (rawQuery: string, nowMs: number): Result<Hours, Refusal> => {
  const parsed = checked(Object.fromEntries(parametersOf(rawQuery)), querySchema, 'query');
  return parsed.ok ? countedHours(parsed.value, LONGEST_DAYS, nowMs) : parsed;
};
