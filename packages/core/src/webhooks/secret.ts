import { err, ok, type Result } from '../result.ts';

export const SECRET_PREFIX = 'whsec_';
/** Standard Webhooks asks for 24 to 64 bytes; secrets brought from elsewhere may have up to 75. */
const MIN_BYTES = 24;
const MAX_BYTES = 75;

export const GENERATED_SECRET_BYTES = 24;

export type SecretProblem = 'prefix-missing' | 'not-base64' | 'wrong-length';

/**
 * The key bytes of a serialised symmetric secret: `whsec_` and base64, padded or not.
 * Source: Standard Webhooks 1.0.0, "Signature scheme".
 */
export const parseSecret = (text: string): Result<Uint8Array, SecretProblem> => {
  if (!text.startsWith(SECRET_PREFIX)) return err('prefix-missing');
  const bytes = base64Bytes(text.slice(SECRET_PREFIX.length));
  if (bytes === undefined) return err('not-base64');
  return bytes.length < MIN_BYTES || bytes.length > MAX_BYTES ? err('wrong-length') : ok(bytes);
};

/** The bytes of base64, padded or not; `undefined` for everything else that Node would take for it. */
export const base64Bytes = (encoded: string): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  return isWhole ? new Uint8Array(bytes) : undefined;
};

/** The inverse of {@link parseSecret}, always padded. */
export const formatSecret = (bytes: Uint8Array): string => `${SECRET_PREFIX}${Buffer.from(bytes).toString('base64')}`;
