import fc from 'fast-check';
import { fromBase62, toBase62 } from './base62.ts';

const SIZE = 20;
const WIDTH = 27;
const someBytes = fc.uint8Array({ minLength: SIZE, maxLength: SIZE });
const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);

test('bytes come back as they went in', () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      expect(fromBase62(toBase62(bytes, WIDTH), SIZE)).toEqual(bytes);
    }),
  );
});

test('text sorts as its bytes do', () => {
  fc.assert(
    fc.property(someBytes, someBytes, (one, other) => {
      const order = Math.sign(Buffer.compare(one, other));
      expect(compare(toBase62(one, WIDTH), toBase62(other, WIDTH))).toBe(order);
    }),
  );
});

test('leading zeros are kept', () => {
  expect(toBase62(new Uint8Array(SIZE), WIDTH)).toBe('0'.repeat(WIDTH));
});

test('the largest value takes the whole width', () => {
  const largest = new Uint8Array(SIZE).fill(0xff);
  expect(fromBase62(toBase62(largest, WIDTH), SIZE)).toEqual(largest);
});

test.each([
  ['a character outside the alphabet', 'abc-def'],
  ['a letter with an accent', 'é'],
  ['a value too large for the bytes', 'z'.repeat(WIDTH)],
])('%s is not base62 of this size', (_title, text) => {
  expect(fromBase62(text, SIZE)).toBeUndefined();
});
