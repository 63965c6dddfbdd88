import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { ok, type Result } from '@fanfare/core/result';
import { parseSecret, type SecretProblem } from '@fanfare/core/webhooks/secret';
import * as z from 'zod/mini';

const SECRET_PROBLEM: Record<SecretProblem, string> = {
  'prefix-missing': 'must start with "whsec_"',
  'not-base64': 'must be base64 after "whsec_"',
  'wrong-length': 'must be 24 to 75 bytes in base64 after "whsec_"',
};

/** A secret that the caller brings, as its bytes. No message repeats it. */
export const secret = z.pipe(
  z.string(),
  z.transform((given, context) => {
    const bytes = parseSecret(given);
    if (bytes.ok) return bytes.value;
    context.issues.push({ code: 'custom', message: SECRET_PROBLEM[bytes.error], input: '' });
    return z.NEVER;
  }),
);

const DEFAULT_GRACE_SECONDS = 24 * 60 * 60;
const MAX_GRACE_SECONDS = 7 * 24 * 60 * 60;

const rotation = z.object({
  key: z.optional(z.nullable(secret)),
  gracePeriodSeconds: z.optional(
    z.nullable(
      z
        .int('must be a whole number of seconds')
        .check(
          z.minimum(0, 'must be at least 0'),
          z.maximum(MAX_GRACE_SECONDS, `must be at most ${MAX_GRACE_SECONDS}`),
        ),
    ),
  ),
});

export type RotationInput = { readonly secret: Uint8Array | undefined; readonly graceSeconds: number };

/** Reads the body of a rotation. `secret` is `undefined` where one is to be generated. */
export const readRotation = (body: string): Result<RotationInput, Refusal> => {
  const parsed = parseBody(body === '' ? '{}' : body, rotation);
  if (!parsed.ok) return parsed;
  const { key, gracePeriodSeconds } = parsed.value;
  return ok({ secret: key ?? undefined, graceSeconds: gracePeriodSeconds ?? DEFAULT_GRACE_SECONDS });
};
