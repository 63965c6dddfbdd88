const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;

/** Big-endian bytes as base62 text of a fixed width. The alphabet is in ASCII order, so text sorts as the bytes do. */
export const toBase62 = (bytes: Uint8Array, width: number): string => {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < width; digit += 1) {
    text = ALPHABET[Number(rest % BASE)] + text;
    rest /= BASE;
  }
  return text;
};

/** The inverse of {@link toBase62}; `undefined` when the text is not base62 or does not fit into `size` bytes. */
export const fromBase62 = (text: string, size: number): Uint8Array | undefined => {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = value * BASE + BigInt(digit);
  }
  const hex = value.toString(16).padStart(size * 2, '0');
  return hex.length === size * 2 ? new Uint8Array(Buffer.from(hex, 'hex')) : undefined;
};
