import { isDestination } from '@fanfare/core/destinations/destination';
import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { label, metadataBeside, throttleRate, uid } from '@fanfare/core/http/field';
import { ok, type Result } from '@fanfare/core/result';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import * as z from 'zod/mini';
import { sameAs } from './aliases.ts';
import type { EndpointSettings } from './endpoint.ts';
import { metadataKept, ORDERED_NAME, orderedIn, orderedRules } from './endpoint-order.ts';
import { normalDestination, normalUrl } from './endpoint-url.ts';
import { headers } from './headers-input.ts';
import type { Patch } from './patch.ts';
import type { WantedSecret } from './secret.ts';
import { secret } from './secret-input.ts';
import { text } from './text-field.ts';

const MAX_EVENT_TYPES = 500;
const MAX_CHANNELS = 10;
const MAX_VERSION = 65_535;

const url = z.pipe(
  z.string(),
  z.transform((given, context) => {
    const normal = isDestination(given) ? normalDestination(given) : normalUrl(given);
    if (normal.ok) return normal.value;
    context.issues.push({ code: 'custom', message: normal.error, input: given });
    return z.NEVER;
  }),
);

/** `null` is every event type, or every channel; an empty list would be none, which is what `disabled` is for. */
const labels = (max: number) =>
  z.nullable(
    z.pipe(
      z.array(label).check(z.minLength(1, 'must not be empty'), z.maxLength(max, `must be at most ${max}`)),
      z.transform((given) => [...new Set(given)]),
    ),
  );

const version = z
  .int('must be a whole number')
  .check(z.minimum(1, 'must be at least 1'), z.maximum(MAX_VERSION, `must be at most ${MAX_VERSION}`));

const optionalFields = {
  description: z.optional(text),
  uid: z.optional(z.nullable(uid('ep'))),
  version: z.optional(version),
  disabled: z.optional(z.boolean()),
  eventTypes: z.optional(labels(MAX_EVENT_TYPES)),
  filterTypes: z.optional(labels(MAX_EVENT_TYPES)),
  channels: z.optional(labels(MAX_CHANNELS)),
  throttleRate: z.optional(z.nullable(throttleRate)),
  rateLimit: z.optional(z.nullable(throttleRate)),
  metadata: z.optional(metadataBeside(ORDERED_NAME)),
  ordered: z.optional(z.boolean()),
};

/** What only a new endpoint can be given. */
const creationFields = {
  secret: z.optional(z.nullable(secret)),
  headers: z.optional(z.nullable(headers)),
};

const rules = [sameAs('throttleRate', 'rateLimit'), sameAs('eventTypes', 'filterTypes'), ...orderedRules] as const;
const created = z.object({ url, ...optionalFields, ...creationFields }).check(...rules);
const replaced = z.object({ url, ...optionalFields }).check(...rules);
const partial = z.object({ url: z.optional(url), ...optionalFields }).check(...rules);

export type EndpointCreation = {
  readonly settings: EndpointSettings;
  readonly secret: WantedSecret | undefined;
  readonly headers?: CustomHeaders;
};

/** Reads the body of POST. `secret` is `undefined` where one is to be generated. */
export const readEndpointCreation = (body: string): Result<EndpointCreation, Refusal> => {
  const parsed = parseBody(body, created);
  if (!parsed.ok) return parsed;
  const { secret, headers } = parsed.value;
  return ok({ settings: settingsOf(parsed.value), secret: secret ?? undefined, headers: headers ?? {} });
};

/** Reads the body of PUT: settings that are absent get their defaults. A secret is rotated, not replaced. */
export const readEndpoint = (body: string): Result<EndpointSettings, Refusal> => {
  const parsed = parseBody(body, replaced);
  return parsed.ok ? ok(settingsOf(parsed.value)) : parsed;
};

/** Reads the body of PATCH: settings that are absent stay as they are. */
export const readEndpointPatch = (body: string): Result<Patch<EndpointSettings>, Refusal> => {
  const parsed = parseBody(body, partial);
  if (!parsed.ok) return parsed;
  const { rateLimit, throttleRate = rateLimit, filterTypes, eventTypes = filterTypes, ...rest } = parsed.value;
  const { metadata } = rest;
  const kept = metadata === undefined ? undefined : metadataKept(metadata);
  return ok({ ...rest, throttleRate, eventTypes, metadata: kept, ordered: orderedIn(rest) });
};

const settingsOf = (given: z.infer<typeof replaced>): EndpointSettings => ({
  url: given.url,
  description: given.description ?? '',
  uid: given.uid ?? undefined,
  version: given.version ?? 1,
  disabled: given.disabled ?? false,
  eventTypes: given.eventTypes ?? given.filterTypes ?? undefined,
  channels: given.channels ?? undefined,
  throttleRate: given.throttleRate ?? given.rateLimit ?? undefined,
  metadata: metadataKept(given.metadata ?? {}),
  ordered: orderedIn(given) ?? false,
});
