import fc from 'fast-check';
import { elementTexts, memberText } from './payload-slice.ts';

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });
const hex = fc.integer({ min: 0, max: 0xff_ff }).map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`);
const character = fc.oneof(
  fc.constantFrom('a', 'é', '🎺', '{', '}', '[', ']', ',', ':', '/', ' '),
  fc.constantFrom('\\"', '\\\\', '\\/', '\\n', '\\b'),
  hex,
);
const stringText = fc.string({ unit: character, maxLength: 8 }).map((inside) => `"${inside}"`);
const numberText = fc.constantFrom('0', '-0', '1.50', '12345678901234567890', '1e5', '1E-7', '-3.140');
const listText = (open: string, close: string, item: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.array(
        fc.tuple(space, item, space).map((parts) => parts.join('')),
        { maxLength: 3 },
      ),
      space,
    )
    .map(([items, inside]) => {
      const text = items.length === 0 ? inside : items.join(',');
      return `${open}${text}${close}`;
    });

/** Any JSON text: any white space, any escape, any spelling of a number. */
const { value: valueText } = fc.letrec<{ value: string; member: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(stringText, numberText, fc.constantFrom('true', 'false', 'null')),
    listText('[', ']', tie('value')),
    listText('{', '}', tie('member')),
  ),
  member: fc
    .tuple(stringText, space, space, tie('value'))
    .map(([name, before, after, value]) => `${name}${before}:${after}${value}`),
}));

/** Spellings of one and the same name, and of others. */
const payloadName = fc.constantFrom('"payload"', '"p\\u0061yload"', '"\\u0070ayload"');
const otherName = fc.constantFrom('"eventType"', '"payload2"', '"pay\\"load"', '"Payload"', '""');
const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''));

const object = fc
  .array(fc.tuple(fc.oneof(payloadName, otherName), space, space, valueText, space), { maxLength: 6 })
  .map((members) => members.map(([name, before, after, value, behind]) => ({ name, before, after, value, behind })));

test('a member is cut out as it was written, and of repeated ones the last', () => {
  fc.assert(
    fc.property(object, space, space, (members, before, behind) => {
      const inside = members.map(
        ({ name, before: b, after, value, behind: e }) => `${before}${name}${b}:${after}${value}${e}`,
      );
      const text = `${before}{${inside.length === 0 ? before : inside.join(',')}}${behind}`;
      const last = members.findLast(({ name }) => JSON.parse(name) === 'payload');
      expect(memberText(text, ['payload'])).toBe(last?.value);
      expect(JSON.parse(text).payload).toEqual(last === undefined ? undefined : JSON.parse(last.value));
    }),
    { numRuns: 500 },
  );
});

/** Names are read one by one: V8 reads some escaped names of one character as a backslash, where an object is parsed as a whole. */
test('what is cut out of any object is the last value of each of its names', () => {
  const members = fc.array(fc.tuple(stringText, space, space, valueText, space), { maxLength: 4 });
  fc.assert(
    fc.property(members, space, (parts, inside) => {
      const text = parts.map(
        ([name, before, after, value, behind]) => `${inside}${name}${before}:${after}${value}${behind}`,
      );
      const object = `{${parts.length === 0 ? inside : text.join(',')}}`;
      expect(() => JSON.parse(object)).not.toThrow();
      const last = new Map(parts.map(([name, , , value]) => [JSON.parse(name) as string, value]));
      for (const [name, value] of last) expect(memberText(object, [name])).toBe(value);
    }),
    { numRuns: 500 },
  );
});

test('an object printed by JSON.stringify is cut at its values', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
      const text = JSON.stringify(document);
      for (const [name, value] of Object.entries(document)) {
        expect(memberText(text, [name])).toBe(JSON.stringify(value));
      }
    }),
  );
});

test.each([
  ['a member of a member', '{"a":{"payload":1}}', undefined],
  ['a name inside a text', '{"a":"\\"payload\\":1"}', undefined],
  ['an empty object', '{}', undefined],
  ['the second of several names', '{"data":{"x":1}}', '{"x":1}'],
  ['the last of several names', '{"payload":{"x":1},"data":{"x":2}}', '{"x":2}'],
  ['a number at the end', '{"payload":1.50}', '1.50'],
  ['a text with a brace', '{"payload":"}"}', '"}"'],
])('%s', (_title, text, expected) => {
  expect(memberText(text, ['payload', 'data'])).toBe(expected);
});

test('the elements of an array are cut out as they were written', () => {
  fc.assert(
    fc.property(fc.array(spaced(valueText), { maxLength: 6 }), space, space, (elements, before, behind) => {
      const text = `${before}[${elements.length === 0 ? before : elements.join(',')}]${behind}`;
      expect(elementTexts(text)).toEqual(elements.map((element) => element.replace(/^[ \n\r\t]+|[ \n\r\t]+$/g, '')));
    }),
    { numRuns: 500 },
  );
});
