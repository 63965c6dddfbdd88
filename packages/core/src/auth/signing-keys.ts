/** What Terraform puts into the parameter before its owner puts keys there. Everybody knows it, so it never verifies. */
export const PLACEHOLDER = 'placeholder';

const MIN_BYTES = 32;

/**
 * The keys of a parameter's value: separated by commas or white space, each of at least 32 bytes; the first one signs,
 * all of them verify, so that a key is exchanged without a pause. Throws when there is none: a service that cannot tell
 * a good token from a bad one must not answer at all.
 */
export const parseSigningKeys = (value: string): Uint8Array[] => {
  const keys = value
    .split(/[\s,]+/)
    .filter((text) => text !== '')
    .map((text) => new TextEncoder().encode(text));
  if (keys.length === 0 || value.includes(PLACEHOLDER)) throw new Error('signing keys: none has been put yet');
  if (keys.some((key) => key.length < MIN_BYTES))
    throw new Error(`signing keys: one is shorter than ${MIN_BYTES} bytes`);
  return keys;
};
