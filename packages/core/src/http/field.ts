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

/** A time of the API, as milliseconds since 1970. */
export const time = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text) => /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text)),
        'must be a time like 2026-01-31T12:00:00Z',
      ),
    ),
  z.transform((text) => Date.parse(text)),
);

/** An escape like \ud800 alone is half a character: no UTF-8 can hold it, and so the table does not. */
export const wellFormed = z.refine<string>((text) => text.isWellFormed(), 'must hold whole characters only');

const METADATA_BYTES = 4096;

const without = (map: Readonly<Record<string, string>>, name: string | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([one]) => one !== name));

/** String to string, at most 4096 bytes as JSON; `null` means empty. A name that is shown there by us does not count. */
export const metadataBeside = (uncounted?: string) =>
  z.pipe(
    z.nullable(
      z
        .record(z.string().check(wellFormed), z.string().check(wellFormed))
        .check(
          z.refine(
            (map) => Buffer.byteLength(JSON.stringify(without(map, uncounted))) <= METADATA_BYTES,
            `must be at most ${METADATA_BYTES} bytes as JSON`,
          ),
        ),
    ),
    z.transform((map) => map ?? {}),
  );

/** String to string, at most 4096 bytes as JSON; `null` means empty. */
export const metadata = metadataBeside();
