import type { Refusal } from '@fanfare/core/http/answer';
import { checked } from '@fanfare/core/http/body';
import { label, messageTag, time } from '@fanfare/core/http/field';
import { pageRequest } from '@fanfare/core/http/page';
import { firstIdAt } from '@fanfare/core/ids';
import { ok, type Result } from '@fanfare/core/result';
import type { LabelFilter } from '@fanfare/events/labels';
import * as z from 'zod/mini';
import type { Start } from './walk.ts';

/** What a list is narrowed to. Times are milliseconds since 1970, exclusive. */
export type Filter = LabelFilter & {
  readonly status?: number | undefined;
  readonly statusCodeClass?: number | undefined;
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
};

export type ListQuery = {
  readonly start: Start;
  readonly filter: Filter;
  readonly withContent: boolean;
  /** An endpoint's id or uid. */
  readonly endpoint?: string | undefined;
};

/** An id is minted for the very time that its item shows, but holds it to 4 ms only. */
const ID_SLACK_MS = 4;

const oneOf = (values: readonly string[]) =>
  z.pipe(
    z.string().check(z.refine((text) => values.includes(text), `must be one of ${values.join(', ')}`)),
    z.transform(Number),
  );

const schema = z.object({
  event_types: z.optional(z.array(label)),
  channel: z.optional(label),
  tag: z.optional(messageTag),
  status: z.optional(oneOf(['0', '1', '2', '3', '4'])),
  status_code_class: z.optional(oneOf(['0', '100', '200', '300', '400', '500'])),
  before: z.optional(time),
  after: z.optional(time),
  with_content: z.optional(z.enum(['true', 'false'], 'must be true or false')),
  endpoint_id: z.optional(z.string()),
});

/** What a query string gives; an empty parameter is absent. */
export const parametersOf = (rawQuery: string): [string, string][] =>
  [...new URLSearchParams(rawQuery)].filter(([, value]) => value !== '');

/** Reads the query string of a list without filters. */
export const pageQuery = (rawQuery: string): Result<Start, Refusal> => {
  const page = pageRequest(Object.fromEntries(parametersOf(rawQuery)));
  if (!page.ok) return page;
  const { limit, backwards, from } = page.value;
  return ok({ limit, backwards, ...(backwards ? { newerThan: from } : { olderThan: from }) });
};

/** Reads the query string of a list whose ids have this prefix. Unknown parameters are ignored, empty ones are absent. */
export const listQuery = (rawQuery: string, prefix: 'msg' | 'atmpt'): Result<ListQuery, Refusal> => {
  const given = parametersOf(rawQuery);
  const parameters = Object.fromEntries(given);
  const page = pageQuery(rawQuery);
  if (!page.ok) return page;
  const parsed = checked({ ...parameters, event_types: eventTypesOf(given) }, schema, 'query');
  if (!parsed.ok) return parsed;
  const {
    event_types: eventTypes,
    channel,
    tag,
    status,
    status_code_class: statusCodeClass,
    before,
    after,
  } = parsed.value;
  const { limit, backwards, newerThan, olderThan } = page.value;
  const boundAt = (atMs: number | undefined, slackMs: number): string | undefined =>
    atMs === undefined ? undefined : firstIdAt(prefix, atMs + slackMs);
  // `after` alone asks for what came first after it, and so is a walk towards the newest.
  const afterAlone = after !== undefined && before === undefined && olderThan === undefined;
  return ok({
    start: {
      limit,
      backwards: backwards || afterAlone,
      newerThan: latest(newerThan, boundAt(after, -ID_SLACK_MS)),
      olderThan: earliest(olderThan, boundAt(before, ID_SLACK_MS)),
    },
    filter: { eventTypes, channel, tag, status, statusCodeClass, beforeMs: before, afterMs: after },
    withContent: parsed.value.with_content !== 'false',
    endpoint: parsed.value.endpoint_id,
  });
};

/** SDKs write a list as `event_types=a,b`, as repeated parameters, with `[]`, or with `[0]`, `[1]`. */
const eventTypesOf = (given: readonly (readonly [string, string])[]): string[] | undefined => {
  const names = given
    .filter(([name]) => /^event_types(\[\d*\])?$/.test(name))
    .flatMap(([, value]) => value.split(','))
    .filter((name) => name !== '');
  return names.length === 0 ? undefined : names;
};

const latest = (...ids: readonly (string | undefined)[]): string | undefined => present(ids).at(-1);
const earliest = (...ids: readonly (string | undefined)[]): string | undefined => present(ids)[0];
const present = (ids: readonly (string | undefined)[]): string[] => ids.filter((id) => id !== undefined).toSorted();

/** Whether a single item is asked for with its payload or answer. */
export const withContent = (rawQuery: string): boolean => new URLSearchParams(rawQuery).get('with_content') !== 'false';
