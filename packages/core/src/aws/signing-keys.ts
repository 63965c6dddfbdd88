import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { parseSigningKeys } from '../auth/signing-keys.ts';

/** A changed key reaches every warm function within this time. */
const MAX_AGE_SECONDS = 60;

/**
 * Reads the API's signing keys from their encrypted parameter, and again when they are a minute old. Await the first
 * read in the init phase. Throws while the parameter holds no key.
 */
export const signingKeys = (parameterName: string): (() => Promise<readonly Uint8Array[]>) => {
  const provider = new SSMProvider();
  return async () => {
    const value = await provider.get(parameterName, { decrypt: true, maxAge: MAX_AGE_SECONDS });
    return parseSigningKeys(value ?? '');
  };
};
