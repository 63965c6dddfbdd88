import * as z from 'zod/mini';

/** Bytes as the document client reads and writes them. */
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
