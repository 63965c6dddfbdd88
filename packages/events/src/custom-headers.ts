import * as z from 'zod/mini';

/** Headers that an endpoint's owner wants on each request, by name in their own spelling. They may hold credentials. */
export type CustomHeaders = Readonly<Record<string, string>>;

const stored = z.record(z.string(), z.string());

/** The bytes that are sealed into the endpoint's item. */
export const packHeaders = (headers: CustomHeaders): Uint8Array => new TextEncoder().encode(JSON.stringify(headers));

export const unpackHeaders = (packed: Uint8Array): CustomHeaders =>
  z.parse(stored, JSON.parse(new TextDecoder().decode(packed)));
