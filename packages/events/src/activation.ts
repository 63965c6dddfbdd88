import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

/** What was found at an endpoint's URL when that was new, without sending anything there. By delivery. */
export const activation = z.object({
  /** `urlDigest` of the URL that it is about: the endpoint may have another one by now. */
  urlDigest: z.string(),
  /** Milliseconds since 1970. */
  examinedAt: z.number(),
  /** `reachable`, `unreachable` or `skipped`, of this version. */
  outcome: z.string(),
  /** A sentence for its owner, without addresses. */
  detail: z.string(),
  /** That was shown, valid or not; absent where there was none. */
  certificate: z.optional(
    z.object({
      /** Milliseconds since 1970. */
      expiresAt: z.number(),
      issuer: z.string(),
    }),
  ),
});

export type Activation = z.infer<typeof activation>;

/** 96 bits are enough against accident, and the endpoint's item pays for every byte. */
const DIGEST_BYTES = 12;

/** Tells URLs apart in little room. */
export const urlDigest = (url: string): string =>
  createHash('sha256').update(url).digest().subarray(0, DIGEST_BYTES).toString('base64url');
