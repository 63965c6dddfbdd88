import fc from 'fast-check';
import { formatSecret, parseSecret } from './secret.ts';

test('a secret of any allowed length comes back as it was formatted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 75 }), (bytes) => {
      expect(parseSecret(formatSecret(bytes))).toEqual({ ok: true, value: bytes });
    }),
  );
});

test('base64 without padding is the same secret', () => {
  const bytes = new Uint8Array(25).fill(7);
  const padded = formatSecret(bytes);
  expect(padded).toMatch(/=$/);
  expect(parseSecret(padded.replace(/=+$/, ''))).toEqual({ ok: true, value: bytes });
});

test.each([
  ['a secret without its prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'prefix-missing'],
  ['a prefix in capitals', 'WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'prefix-missing'],
  ['the prefix of an asymmetric key', 'whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'prefix-missing'],
  ['nothing at all', '', 'prefix-missing'],
  ['the bare prefix', 'whsec_', 'wrong-length'],
  ['23 bytes', formatSecret(new Uint8Array(23)), 'wrong-length'],
  ['76 bytes', formatSecret(new Uint8Array(76)), 'wrong-length'],
  ['base64 made for URLs', `whsec_${'-'.repeat(32)}`, 'not-base64'],
  ['a space inside', 'whsec_MfKQ9r8GKYqrTwjU D8ILPZIo2LaLaSw', 'not-base64'],
  ['a line break at the end', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n', 'not-base64'],
  ['padding in the middle', 'whsec_MfKQ9r8G=YqrTwjUPD8ILPZIo2LaLaSw', 'not-base64'],
  ['bits that no byte holds', `whsec_${'A'.repeat(33)}`, 'not-base64'],
])('%s is refused', (_title, text, problem) => {
  expect(parseSecret(text)).toEqual({ ok: false, error: problem });
});
