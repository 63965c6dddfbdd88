import { itemBytes } from './item-size.ts';

describe('the size of an item', () => {
  test.each([
    ['a text counts its bytes', { name: 'é' }, 4 + 2],
    ['bytes count as they are', { b: new Uint8Array(10) }, 1 + 10],
    ['a number takes a byte for two digits', { n: 123_456 }, 1 + 3 + 2],
    ['a truth value takes one byte', { t: true }, 1 + 1],
    ['an absent field takes nothing', { a: undefined }, 0],
    ['a list takes three bytes and one for each entry', { l: ['ab', 'c'] }, 1 + 3 + (1 + 2) + (1 + 1)],
    ['a map takes three bytes and one for each entry', { m: { k: 'v' } }, 1 + 3 + 1 + (1 + 1)],
  ])('%s', (_title, item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });
});
