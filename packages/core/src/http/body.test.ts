import * as z from 'zod/mini';
import { ok } from '../result.ts';
import { bodyText, parseBody } from './body.ts';

const schema = z.object({ name: z.string(), inner: z.object({ list: z.array(z.number()) }) });

test('a body that came as base64 is the same text', () => {
  const text = '{"name":"Zoë 🎺"}';
  expect(bodyText({ body: Buffer.from(text).toString('base64'), isBase64Encoded: true })).toEqual(ok(text));
  expect(bodyText({ body: text, isBase64Encoded: false })).toEqual(ok(text));
});

test('a body that is not UTF-8 is refused instead of altered', () => {
  const body = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]).toString('base64');
  expect(bodyText({ body, isBase64Encoded: true })).toMatchObject({
    ok: false,
    error: { kind: 'invalid', problems: [{ loc: ['body'], type: 'value_error.jsondecode' }] },
  });
});

test('no body is an empty text', () => {
  expect(bodyText({})).toEqual(ok(''));
  expect(bodyText({ isBase64Encoded: true })).toEqual(ok(''));
});

test('what is not JSON is one problem at the body', () => {
  expect(parseBody('{"name":', schema)).toMatchObject({
    ok: false,
    error: { kind: 'invalid', problems: [{ loc: ['body'], type: 'value_error.jsondecode' }] },
  });
});

test('every rule that is broken is named at its field, all at once', () => {
  const parsed = parseBody('{"inner":{"list":[1,"two"]}}', schema);
  expect(parsed).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  const places = parsed.ok || parsed.error.kind !== 'invalid' ? [] : parsed.error.problems.map(({ loc }) => loc);
  expect(places).toEqual([
    ['body', 'name'],
    ['body', 'inner', 'list', 1],
  ]);
});

test('each problem has its reason, also where the rule has no words of its own', () => {
  const kinds = z.object({
    ...{ name: z.string(), no: z.number(), on: z.boolean(), many: z.array(z.string()) },
    ...{ map: z.record(z.string(), z.string()), one: z.enum(['a', 'b']), own: z.int('must be a whole number') },
  });
  const reasons = (body: unknown) => {
    const parsed = parseBody(JSON.stringify(body), kinds);
    return parsed.ok || parsed.error.kind !== 'invalid' ? [] : parsed.error.problems.map(({ msg }) => msg);
  };
  expect(reasons({ no: 'x', on: 'x', many: 'x', map: 'x', one: 'x', own: 'x' })).toEqual([
    'is missing',
    'must be a number',
    'must be true or false',
    'must be a list',
    'must be an object of names and values',
    'must be one of: a, b',
    'must be a whole number',
  ]);
  expect(reasons([])).toEqual(['must be an object']);
});

test('fields that nobody knows are ignored', () => {
  expect(parseBody('{"name":"a","inner":{"list":[]},"more":1}', schema)).toEqual({
    ok: true,
    value: { name: 'a', inner: { list: [] } },
  });
});

test('where fields that nobody knows are refused, each is named, up to twenty', () => {
  const strict = z.strictObject({ a: z.optional(z.number()), inner: z.optional(z.strictObject({})) });
  const problems = (body: object) => {
    const parsed = parseBody(JSON.stringify(body), strict);
    return parsed.ok || parsed.error.kind !== 'invalid' ? [] : parsed.error.problems;
  };
  expect(problems({ a: 1, b: 2, inner: { c: 3 } })).toEqual([
    { loc: ['body', 'inner', 'c'], msg: 'is no field of this call', type: 'value_error' },
    { loc: ['body', 'b'], msg: 'is no field of this call', type: 'value_error' },
  ]);
  const wordy = z.strictObject({}, 'may hold nothing');
  expect(parseBody('{"a":1,"b":2}', wordy)).toMatchObject({
    error: { problems: [{ loc: ['body'], msg: 'may hold nothing' }] },
  });
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n]));
  expect(problems(many)).toHaveLength(20);
});

test('a name that is as long as the body is cut where it is told', () => {
  const names = z.record(z.string(), z.number());
  expect(parseBody(JSON.stringify({ ['x'.repeat(1_000_000)]: 'a' }), names)).toMatchObject({
    error: { problems: [{ loc: ['body', 'x'.repeat(256)] }] },
  });
});
