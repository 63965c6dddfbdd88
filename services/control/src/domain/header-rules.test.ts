import fc from 'fast-check';
import { headerProblem, isSensitive } from './header-rules.ts';

test.each(['Authorization', 'X-Api-Key', 'cookie', 'accept', 'x-forwarded-for', 'traceparent', "!#$%&'*+.^_`|~0aZ-"])(
  '%s may be set',
  (name) => {
    expect(headerProblem(name, 'a value, "quoted" — no: only ü')).toMatch(/ISO 8859-1/);
    expect(headerProblem(name, 'a value, "quoted", with ü and\ttabs')).toBeUndefined();
  },
);

describe('refused is', () => {
  test.each([
    ...['Host', 'CONNECTION', 'keep-alive', 'te', 'trailer', 'Transfer-Encoding', 'upgrade', 'expect'],
    ...['proxy-authorization', 'proxy-authenticate', 'proxy-connection', 'user-agent', '__proto__'],
    ...['content-length', 'Content-Type', 'content-encoding', 'content-language', 'content-location'],
    ...['age', 'cache-control', 'clear-site-data', 'expires', 'pragma', 'warning'],
    ...['webhook-id', 'Webhook-Signature', 'webhook-anything', 'svix-id', 'x-svix-signature'],
    ...['x-amz-date', 'x-amzn-trace-id', 'x-google-a', 'x-goog-a', 'x-gfe-a', 'x-azure-a', 'x-fd-a', 'sec-fetch-site'],
  ])('%s', (name) => {
    expect(headerProblem(name, 'x')).toMatch(/^must not/);
  });

  test.each([
    ['an empty name', '', 'x'],
    ['a name with a space', 'x a', 'x'],
    ['a name with a colon', ':path', 'x'],
    ['a name with a line break', 'x\r\nhost', 'x'],
    ['a name that is not ASCII', 'ü', 'x'],
    ['a name without end', 'x'.repeat(129), 'x'],
    ['a value with a line break', 'x', 'a\r\nhost: b'],
    ['a value with a null', 'x', 'a\0b'],
    ['a value that is no text', 'x', 1],
    ['a value that is missing', 'x', undefined],
  ])('%s', (_title, name, value) => {
    expect(headerProblem(name, value)).toMatch(/^must/);
  });
});

test('whatever is not refused, Node takes for a header', () => {
  const { Headers } = globalThis;
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'binary' }), (name, value) => {
      if (headerProblem(name, value) === undefined) expect(() => new Headers([[name, value]])).not.toThrow();
    }),
  );
});

test.each([
  ['Authorization', true],
  ['x-api-key', true],
  ['X-Auth-Token', true],
  ['x-shop-secret', true],
  ['Cookie', true],
  ['x_password', true],
  ['x-monkey', false],
  ['x-tenant', false],
  ['accept', false],
])('%s is taken for a credential: %s', (name, expected) => {
  expect(isSensitive(name)).toBe(expected);
});
