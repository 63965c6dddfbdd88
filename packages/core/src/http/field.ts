import * as z from 'zod/mini';

/** The rules of fields that several resources share. Messages are ours; the shapes are those of the API. */

/** A caller's own id of a thing: 1 to 256 of letters, digits, `-`, `_` and `.`, not looking like one of our ids. */
export const uid = (prefix: string) =>
  z.string().check(
    z.minLength(1, 'must not be empty'),
    z.maxLength(256, 'must be at most 256 characters'),
    z.regex(/^[a-zA-Z0-9\-_.]+$/, 'may hold letters, digits, "-", "_" and "." only'),
    z.refine((text) => !text.startsWith(`${prefix}_`), `must not start with "${prefix}_", which our own ids do`),
  );

/** A name of an event type or channel: 1 to 256 of letters, digits, `-`, `_` and `.`. */
export const label = z
  .string()
  .check(
    z.minLength(1, 'must not be empty'),
    z.maxLength(256, 'must be at most 256 characters'),
    z.regex(/^[a-zA-Z0-9\-_.]+$/, 'may hold letters, digits, "-", "_" and "." only'),
  );

export const throttleRate = z
  .number()
  .check(
    z.int('must be a whole number'),
    z.minimum(1, 'must be at least 1'),
    z.maximum(65_535, 'must be at most 65535'),
  );

const METADATA_BYTES = 4096;

/** String to string, at most 4096 bytes as JSON; `null` means empty. */
export const metadata = z.pipe(
  z.nullable(
    z
      .record(z.string(), z.string())
      .check(
        z.refine(
          (map) => Buffer.byteLength(JSON.stringify(map)) <= METADATA_BYTES,
          `must be at most ${METADATA_BYTES} bytes as JSON`,
        ),
      ),
  ),
  z.transform((map) => map ?? {}),
);
