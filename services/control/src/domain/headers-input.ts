import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import type { Result } from '@fanfare/core/result';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import * as z from 'zod/mini';
import { headerProblem } from './header-rules.ts';

/** Each of them travels with every request, and stands in the item that every delivery reads. */
export const MAX_HEADERS = 40;
export const MAX_HEADERS_BYTES = 4096;
/** All that there are may be taken away, and as many put in their place. */
const MAX_PATCHED = 2 * MAX_HEADERS;

/** Headers to put, `null` for those to take away. */
export type HeadersPatch = Readonly<Record<string, string | null>>;

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/**
 * A plain record would leave out a name that means something to JavaScript, in silence. What has more than `most` names is not
 * looked into: each of them might be a problem of its own.
 */
const headersOf = <T extends CustomHeaders | HeadersPatch>(most: number, isValue: (value: unknown) => boolean) =>
  z.pipe(
    z
      .custom<Record<string, unknown>>(isObject, { error: 'must be an object of names and values', abort: true })
      .check(z.refine((given) => Object.keys(given).length <= most, `must be at most ${most} headers`)),
    z.transform((given, context): T => {
      const seen = new Set<string>();
      for (const [name, value] of Object.entries(given)) {
        const twice = seen.has(name.toLowerCase()) ? 'is there twice: letter case makes no other header' : undefined;
        const message = twice ?? headerProblem(name, isValue(value) ? (value ?? '') : undefined);
        if (message !== undefined) context.issues.push({ code: 'custom', message, path: [name], input: '' });
        seen.add(name.toLowerCase());
      }
      return given as T;
    }),
  );

const isText = (value: unknown): boolean => typeof value === 'string';

/** Headers as a whole. */
export const headers = headersOf<CustomHeaders>(MAX_HEADERS, isText).check(
  z.refine((given) => sizeProblem(given) === undefined, { error: ({ input }) => sizeProblem(input as CustomHeaders) }),
);

const replaced = z.object({ headers });
const partial = z.object({
  headers: z.optional(headersOf<HeadersPatch>(MAX_PATCHED, (value) => value === null || isText(value))),
  deleteHeaders: z.optional(
    z.nullable(z.array(z.string()).check(z.maxLength(MAX_PATCHED, `must be at most ${MAX_PATCHED}`))),
  ),
});

/** Reads the body of PUT. */
export const readHeaders = (body: string): Result<{ headers: CustomHeaders }, Refusal> => parseBody(body, replaced);

/** Reads the body of PATCH. Older client libraries take a header away by `null`, newer ones by a list of names. */
export const readHeadersPatch = (body: string): Result<HeadersPatch, Refusal> => {
  const parsed = parseBody(body, partial);
  if (!parsed.ok) return parsed;
  const taken = (parsed.value.deleteHeaders ?? []).map((name) => [name, null] as const);
  return { ok: true, value: { ...Object.fromEntries(taken), ...parsed.value.headers } };
};

/** Why headers are too many or too large together; `undefined` when they are not. */
export const sizeProblem = (given: CustomHeaders): string | undefined => {
  const entries = Object.entries(given);
  if (entries.length > MAX_HEADERS) return `must be at most ${MAX_HEADERS} headers`;
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  return bytes > MAX_HEADERS_BYTES
    ? `must have at most ${MAX_HEADERS_BYTES} bytes, names and values together`
    : undefined;
};
