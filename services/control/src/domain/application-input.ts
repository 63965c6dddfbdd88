import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { metadataBeside, retentionDays, throttleRate, uid } from '@fanfare/core/http/field';
import { ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { sameAs } from './aliases.ts';
import type { ApplicationSettings } from './application.ts';
import { metadataBesideRetention, RETENTION_NAME, retentionIn, retentionRules } from './application-retention.ts';
import type { Patch } from './patch.ts';
import { text } from './text-field.ts';

const name = text.check(z.minLength(1, 'must not be empty'));

const optionalFields = {
  uid: z.optional(z.nullable(uid('app'))),
  throttleRate: z.optional(z.nullable(throttleRate)),
  rateLimit: z.optional(z.nullable(throttleRate)),
  payloadRetentionPeriod: z.optional(z.nullable(retentionDays)),
  metadata: z.optional(metadataBeside(RETENTION_NAME)),
};

const rules = [sameAs('throttleRate', 'rateLimit'), ...retentionRules] as const;
const whole = z.object({ name, ...optionalFields }).check(...rules);
const partial = z.object({ name: z.optional(name), ...optionalFields }).check(...rules);

/** Reads the body of POST and PUT: settings that are absent get their defaults. */
export const readApplication = (body: string): Result<ApplicationSettings, Refusal> => {
  const parsed = parseBody(body, whole);
  if (!parsed.ok) return parsed;
  const { name, uid, throttleRate, rateLimit, metadata = {} } = parsed.value;
  return ok({
    name,
    uid: uid ?? undefined,
    throttleRate: throttleRate ?? rateLimit ?? undefined,
    payloadRetentionDays: retentionIn(parsed.value) ?? undefined,
    metadata: metadataBesideRetention(metadata),
  });
};

/** Reads the body of PATCH: settings that are absent stay as they are. */
export const readApplicationPatch = (body: string): Result<Patch<ApplicationSettings>, Refusal> => {
  const parsed = parseBody(body, partial);
  if (!parsed.ok) return parsed;
  const { rateLimit, throttleRate = rateLimit, payloadRetentionPeriod: _, metadata, ...rest } = parsed.value;
  return ok({
    ...rest,
    throttleRate,
    payloadRetentionDays: retentionIn(parsed.value),
    metadata: metadata && metadataBesideRetention(metadata),
  });
};
