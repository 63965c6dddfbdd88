import { PLACEHOLDER, parseSigningKeys } from './signing-keys.ts';

const one = 'a'.repeat(32);
const other = 'b'.repeat(40);
const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ['one key', one, [one]],
  ['several, separated by commas', `${one},${other}`, [one, other]],
  ['several, one on each line', `${one}\n${other}\n`, [one, other]],
  ['spaces around them', `  ${one} , ${other} `, [one, other]],
])('%s is read, the first one first', (_title, value, keys) => {
  expect(parseSigningKeys(value)).toEqual(keys.map(bytes));
});

test.each([
  ['an empty parameter', ''],
  ['only separators', ' ,\n'],
  ['the placeholder', PLACEHOLDER],
  ['the placeholder beside a key', `${one},${PLACEHOLDER}`],
  ['a placeholder long enough to be a key', `${PLACEHOLDER}-${one}`],
])('%s is no key at all, and nothing may be answered', (_title, value) => {
  expect(() => parseSigningKeys(value)).toThrow('none has been put yet');
});

test.each(['a'.repeat(31), `${one},${'b'.repeat(31)}`])('a key shorter than 32 bytes is refused: %s', (value) => {
  expect(() => parseSigningKeys(value)).toThrow('shorter than 32 bytes');
});

test('a refusal does not show the key', () => {
  const refusal = () => {
    try {
      return parseSigningKeys('short-secret');
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refusal()).toMatch(/shorter than/);
  expect(refusal()).not.toContain('short-secret');
});
