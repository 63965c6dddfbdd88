import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { err, ok, type Result } from '@fanfare/core/result';
import { type KeyPairProblem, PRIVATE_PREFIX, parsePrivateKey } from '@fanfare/core/webhooks/key-pair';
import { parseSecret, type SecretProblem } from '@fanfare/core/webhooks/secret';
import * as z from 'zod/mini';
import type { WantedSecret } from './secret.ts';

const SECRET_PROBLEM: Record<SecretProblem, string> = {
  'prefix-missing': 'must start with "whsec_", or with "whsk_" for an ed25519 key pair',
  'not-base64': 'must be base64 after "whsec_"',
  'wrong-length': 'must be 24 to 75 bytes in base64 after "whsec_"',
};

const KEY_PAIR_PROBLEM: Record<KeyPairProblem, string> = {
  'prefix-missing': SECRET_PROBLEM['prefix-missing'],
  'not-base64': 'must be base64 after "whsk_"',
  'wrong-length': 'must be 32 bytes (a seed), or 64 with the public key behind it, in base64 after "whsk_"',
  'not-a-pair': 'must have the public key that belongs to its seed',
};

/** A secret that the caller brings, or the bare prefix of key pairs, which asks for one. No message repeats it. */
export const secret = z.pipe(
  z.string(),
  z.transform((given, context): WantedSecret => {
    const read = readSecret(given);
    if (read.ok) return read.value;
    context.issues.push({ code: 'custom', message: read.error, input: '' });
    return z.NEVER;
  }),
);

const readSecret = (given: string): Result<WantedSecret, string> => {
  if (given === PRIVATE_PREFIX) return ok({ type: 'ed25519' });
  if (given.startsWith(PRIVATE_PREFIX)) {
    const bytes = parsePrivateKey(given);
    return bytes.ok ? ok({ type: 'ed25519', bytes: bytes.value }) : err(KEY_PAIR_PROBLEM[bytes.error]);
  }
  const bytes = parseSecret(given);
  return bytes.ok ? ok({ bytes: bytes.value }) : err(SECRET_PROBLEM[bytes.error]);
};

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

export type RotationInput = { readonly secret: WantedSecret | undefined; readonly graceSeconds: number };

/** Reads the body of a rotation. `secret` is `undefined` where one is to be generated. */
export const readRotation = (body: string): Result<RotationInput, Refusal> => {
  const parsed = parseBody(body === '' ? '{}' : body, rotation);
  if (!parsed.ok) return parsed;
  const { key, gracePeriodSeconds } = parsed.value;
  return ok({ secret: key ?? undefined, graceSeconds: gracePeriodSeconds ?? DEFAULT_GRACE_SECONDS });
};
