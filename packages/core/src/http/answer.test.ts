import { json, jsonText, noContent, type Refusal, refuse } from './answer.ts';

const problems = [{ loc: ['body', 'name'], msg: 'is missing', type: 'value_error' }];

test.each<[Refusal, number, unknown]>([
  [{ kind: 'malformed', detail: 'x' }, 400, { code: 'generic_error', detail: 'x' }],
  [{ kind: 'limit-reached', detail: 'x' }, 400, { code: 'limit_reached', detail: 'x' }],
  [{ kind: 'unauthenticated', detail: 'x' }, 401, { code: 'authentication_failed', detail: 'x' }],
  [{ kind: 'forbidden' }, 403, { code: 'insufficient access', detail: 'This token may not do that.' }],
  [{ kind: 'not-found', detail: 'x' }, 404, { code: 'not_found', detail: 'x' }],
  [{ kind: 'conflict', detail: 'x' }, 409, { code: 'conflict', detail: 'x' }],
  [{ kind: 'conflict', detail: 'x', code: 'event_type_exists' }, 409, { code: 'event_type_exists', detail: 'x' }],
  [
    { kind: 'too-large', limitBytes: 9, loc: ['body', 2, 'payload'] },
    413,
    { code: 'payload_too_large', detail: 'body.2.payload is larger than 9 bytes.' },
  ],
  [
    { kind: 'too-large', limitBytes: 9 },
    413,
    { code: 'payload_too_large', detail: 'The request is larger than 9 bytes.' },
  ],
  [{ kind: 'invalid', problems }, 422, { detail: problems }],
])('%p is answered as clients expect it', (refusal, statusCode, body) => {
  const answer = refuse(refusal);
  expect(answer.statusCode).toBe(statusCode);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(JSON.parse(answer.body)).toEqual(body);
});

test('a method that is not allowed is told which are', () => {
  const answer = refuse({ kind: 'method-not-allowed', allowed: ['GET', 'PUT'] });
  expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET, PUT', 'content-type': 'application/json' } });
});

test('text that is JSON already is not printed again', () => {
  expect(jsonText(200, '{"a":1.50}').body).toBe('{"a":1.50}');
  expect(json(200, { a: 1.5 }).body).toBe('{"a":1.5}');
});

test('an answer without content has no body', () => {
  expect(noContent()).toEqual({ statusCode: 204, headers: {}, body: '' });
});
