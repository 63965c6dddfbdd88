import * as z from 'zod/mini';
import { bodyText, parseBody } from './body.ts';

const schema = z.object({ name: z.string(), inner: z.object({ list: z.array(z.number()) }) });

test('a body that came as base64 is the same text', () => {
  const text = '{"name":"Zoë 🎺"}';
  expect(bodyText({ body: Buffer.from(text).toString('base64'), isBase64Encoded: true })).toBe(text);
  expect(bodyText({ body: text, isBase64Encoded: false })).toBe(text);
});

test('no body is an empty text', () => {
  expect(bodyText({})).toBe('');
  expect(bodyText({ isBase64Encoded: true })).toBe('');
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

test('fields that nobody knows are ignored', () => {
  expect(parseBody('{"name":"a","inner":{"list":[]},"more":1}', schema)).toEqual({
    ok: true,
    value: { name: 'a', inner: { list: [] } },
  });
});
