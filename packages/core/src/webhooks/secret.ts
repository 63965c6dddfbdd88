import { err, ok, type Result } from '../result.ts';

const PREFIX = 'whsec_';
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
  if (!text.startsWith(PREFIX)) return err('prefix-missing');
  const encoded = text.slice(PREFIX.length);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return err('not-base64');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return err('not-base64');
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) return err('wrong-length');
  return ok(new Uint8Array(bytes));
};

/** The inverse of {@link parseSecret}, always padded. */
export const formatSecret = (bytes: Uint8Array): string => `${PREFIX}${Buffer.from(bytes).toString('base64')}`;
