import * as z from 'zod/mini';
import type { IdPrefix } from '../ids.ts';
import { UID_MAX_LENGTH, UID_PATTERN } from '../uid.ts';

/** The rules of fields that several resources share. Messages are ours; the shapes are those of the API. */

/** A name of an event type or channel: 1 to 256 of letters, digits, `-`, `_` and `.`. */
export const label = z
  .string()
  .check(
    z.minLength(1, { error: 'must not be empty', abort: true }),
    z.maxLength(UID_MAX_LENGTH, `must be at most ${UID_MAX_LENGTH} characters`),
    z.regex(UID_PATTERN, 'may hold letters, digits, "-", "_" and "." only'),
  );

const TAG_LIMIT = 128;

/** A tag of a message: 1 to 128 visible ASCII characters, of which the comma is none, because lists are written with it. */
export const messageTag = z
  .string()
  .check(
    z.minLength(1, { error: 'must not be empty', abort: true }),
    z.maxLength(TAG_LIMIT, `must be at most ${TAG_LIMIT} characters`),
    z.regex(/^[\x21-\x2b\x2d-\x7e]*$/, 'may hold visible ASCII characters other than a comma only'),
  );

/** A caller's own id of a thing: as a label, but not looking like one of our ids. */
export const uid = (prefix: IdPrefix) =>
  label.check(
    z.refine((text) => !text.startsWith(`${prefix}_`), `must not start with "${prefix}_", which our own ids do`),
  );

export const throttleRate = z
  .number()
  .check(
    z.int('must be a whole number'),
    z.minimum(1, 'must be at least 1'),
    z.maximum(65_535, 'must be at most 65535'),
  );

/** How long a payload is kept, in days: no longer than its message. */
export const retentionDays = z
  .int('must be a whole number of days')
  .check(z.minimum(5, 'must be at least 5'), z.maximum(90, 'must be at most 90'));

const TIME_EXPECTED = 'must be a time like 2026-01-31T12:00:00Z';

/** Lower case and a space between date and time are as good, to RFC 3339 (section 5.6); people leave out the seconds. */
const spelled = (text: string): string =>
  text
    .replace(/^(\d{4}-\d\d-\d\d)[t ]/, '$1T')
    .replace(/z$/, 'Z')
    .replace(/T(\d\d:\d\d)(?=Z|[+-])/, 'T$1:00');

/**
 * A time of the API with its offset, as milliseconds since 1970. One that no calendar has is refused: `Date.parse` would move
 * February 30th into March.
 */
export const time = z.pipe(
  z.pipe(z.pipe(z.string(TIME_EXPECTED), z.transform(spelled)), z.iso.datetime({ offset: true, error: TIME_EXPECTED })),
  z.transform((text) => Date.parse(text)),
);

/** An escape like \ud800 alone is half a character: no UTF-8 can hold it, and so the table does not. */
export const wellFormed = z.refine<string>((text) => text.isWellFormed(), 'must hold whole characters only');

const METADATA_BYTES = 4096;
const SMALLEST_ENTRY_BYTES = '"":"",'.length;

const tooLarge = `must be at most ${METADATA_BYTES} bytes as JSON`;

/**
 * Whether an object cannot be small enough whatever its values are, one of its names beside. Nobody looks into it then: each
 * wrong value would be a problem of its own, and zod hands on problems as the arguments of a call, of which a stack holds some
 * hundred thousand.
 */
const hasTooManyNames = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  Object.keys(given).length > Math.floor(METADATA_BYTES / SMALLEST_ENTRY_BYTES) + 1;

const without = (map: Readonly<Record<string, string>>, name: string | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([one]) => one !== name));

/** String to string, at most 4096 bytes as JSON; `null` means empty. A name that is shown there by us does not count. */
export const metadataBeside = (uncounted?: string) =>
  z.pipe(
    z.pipe(
      z.unknown().check(z.refine((given) => !hasTooManyNames(given), tooLarge)),
      z.nullable(
        z
          .record(z.string().check(wellFormed), z.string().check(wellFormed))
          .check(
            z.refine((map) => Buffer.byteLength(JSON.stringify(without(map, uncounted))) <= METADATA_BYTES, tooLarge),
          ),
      ),
    ),
    z.transform((map) => map ?? {}),
  );

/** String to string, at most 4096 bytes as JSON; `null` means empty. */
export const metadata = metadataBeside();
