import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unpackPayload } from '@fanfare/core/payload';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';
import { APP_ID, ORG_ID, tableBoundary } from './table-boundary.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  SIGNING_KEYS_NAME: '/fanfare/test/secret/api-signing-keys',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const table = mockClient(DynamoDBDocumentClient);
const boundary = tableBoundary(table);
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./post-batch.ts');
const lines = loggedLines();
beforeEach(boundary.reset);

const message = (number: number, more: object = {}) =>
  JSON.stringify({ eventType: 'user.created', payload: { number }, ...more });
const arrayOf = (count: number) => `[${Array.from({ length: count }, (_, number) => message(number)).join(',')}]`;

type Given = {
  readonly app?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly isBase64Encoded?: boolean;
  readonly authorization?: string;
};
type Item = { readonly index: number; readonly status: number; readonly id?: string; readonly error?: unknown };
type Body = { readonly accepted: number; readonly notAccepted: number; readonly data: readonly Item[] };

const post = async ({ app = APP_ID, headers = {}, authorization, ...rest }: Given = {}) => {
  const request = apiRequest({
    method: 'POST',
    path: `/api/v1/app/${app}/msg/batch`,
    routeKey: 'POST /api/v1/app/{app_id}/msg/batch',
    headers: { authorization: authorization ?? (await bearer(ORG_ID)), ...headers },
    body: arrayOf(2),
    ...rest,
  });
  const answer = await handler(request, {} as Context);
  return { status: answer.statusCode, json: JSON.parse(answer.body) as Body & Record<string, unknown> };
};

const bodyOf = (item: Record<string, unknown>): string => {
  const { encoding, payload } = item as unknown as MessageRecord;
  return new TextDecoder().decode(unpackPayload({ encoding, bytes: payload ?? new Uint8Array() }));
};
const stored = () => boundary.messages().map(bodyOf);

test('a batch is accepted with 202, and each message has its id, in the order they were sent', async () => {
  const { status, json } = await post({ body: arrayOf(60) });
  expect(status).toBe(202);
  expect(json).toMatchObject({ accepted: 60, notAccepted: 0 });
  expect(json.data.map(({ index, status: one }) => [index, one])).toEqual(
    Array.from({ length: 60 }, (_, index) => [index, 202]),
  );
  expect(json.data.map(({ id }) => id)).toEqual(boundary.messages().map(({ SK }) => SK));
  expect(stored()).toEqual(Array.from({ length: 60 }, (_, number) => `{"number":${number}}`));
});

test('a batch reads its application once, marks it once and writes 25 messages in a call', async () => {
  await post({ body: arrayOf(60) });
  expect(table.commandCalls(GetCommand)).toHaveLength(1);
  expect(table.commandCalls(PutCommand).length).toBeLessThanOrEqual(1); // the mark, once an hour
  expect(
    table.commandCalls(BatchWriteCommand).map(({ args: [{ input }] }) => input.RequestItems?.main?.length),
  ).toEqual([25, 25, 10]);
});

test.each([
  ['an array', `[ ${message(1)} ,\n${message(2)} ]`, 'application/json'],
  ['lines', `${message(1)}\n\n${message(2)}\r\n`, 'application/x-ndjson'],
  ['an array behind a byte order mark', `\ufeff[${message(1)},${message(2)}]`, 'application/json'],
  ['lines behind a byte order mark', `\ufeff${message(1)}\n${message(2)}`, 'application/x-ndjson'],
  ['lines that no content type tells of', `${message(1)}\n${message(2)}`, 'application/json'],
])('%s are the same batch', async (_title, body, type) => {
  const { status } = await post({ body, headers: { 'content-type': type } });
  expect(status).toBe(202);
  expect(stored()).toEqual(['{"number":1}', '{"number":2}']);
});

test('payloads are stored byte for byte as they were sent', async () => {
  await post({ body: '[{"payload": {"price":1.50, "big":12345678901234567890},"eventType":"a"}]' });
  expect(stored()).toEqual(['{"price":1.50, "big":12345678901234567890}']);
});

test('bad messages among good ones are refused alone, each with what it would have been answered by itself', async () => {
  const large = JSON.stringify({ eventType: 'a', payload: { text: 'x'.repeat(1024 * 1024) } });
  const body = [message(0), '{', '{"eventType":"a b","payload":[]}', large, message(4)].join('\n');
  const { status, json } = await post({ body });
  expect(status).toBe(200);
  expect(json).toMatchObject({ accepted: 2, notAccepted: 3 });
  expect(json.data.map(({ status: one }) => one)).toEqual([202, 422, 422, 413, 202]);
  expect(json.data[1]?.error).toMatchObject({ detail: [{ loc: ['body', 1], type: 'value_error.jsondecode' }] });
  expect(json.data[2]?.error).toMatchObject({
    detail: [{ loc: ['body', 2, 'eventType'] }, { loc: ['body', 2, 'payload'], msg: 'must be a JSON object' }],
  });
  expect(json.data[3]?.error).toEqual({
    code: 'payload_too_large',
    detail: 'body.3.payload is larger than 1048576 bytes.',
  });
  expect(stored()).toEqual(['{"number":0}', '{"number":4}']);
});

test('of two messages with one event id the first is accepted', async () => {
  const body = `[${message(1, { eventId: 'order-7' })},${message(2, { eventId: 'order-7' })}]`;
  const { json } = await post({ body });
  expect(json.data.map(({ status }) => status)).toEqual([202, 409]);
  expect(stored()).toEqual(['{"number":1}']);
});

test('a time to deliver that is out of reach is a problem of its own message', async () => {
  const { json } = await post({ body: `[${message(0)},${message(1, { deliverAt: '2020-01-01T00:00:00Z' })}]` });
  expect(json.data[1]).toMatchObject({ status: 422, error: { detail: [{ loc: ['body', 1, 'deliverAt'] }] } });
});

describe('with an idempotency key', () => {
  const headers = { 'idempotency-key': 'import-1' };

  test('the same batch makes the same messages', async () => {
    const [one, other] = [await post({ headers }), await post({ headers })];
    expect(other).toEqual(one);
    expect(boundary.messages()).toHaveLength(2);
  });

  test('a repeat after an end half way writes what was missing, and changes nothing that stands', async () => {
    boundary.state.fails = ({ kind }) => {
      if (kind === 'message' && boundary.messages().length >= 30) throw new Error('the process ends');
    };
    await post({ headers, body: arrayOf(60) });
    const before = boundary.messages();
    expect(before).toHaveLength(30);
    boundary.state.fails = () => {};
    boundary.state.version = 4;
    const { status, json } = await post({ headers, body: arrayOf(60) });
    expect(status).toBe(202);
    expect(json.data.map(({ id }) => id)).toEqual(boundary.messages().map(({ SK }) => SK));
    expect(boundary.messages().filter(({ SK }) => before.some((one) => one.SK === SK))).toEqual(before);
  });

  test('another batch is refused: 409', async () => {
    await post({ headers });
    expect(await post({ headers, body: arrayOf(3) })).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(boundary.messages()).toHaveLength(2);
  });
});

describe('when the table takes only a part', () => {
  const isOdd = (item: Record<string, unknown>) => /[13579]\}$/.test(bodyOf(item));

  test('what comes back unprocessed is written again', async () => {
    let calls = 0;
    boundary.state.unprocessed = (item) => {
      calls += 1;
      return calls <= 4 && isOdd(item);
    };
    expect(await post({ body: arrayOf(4) })).toMatchObject({ status: 202, json: { accepted: 4 } });
    expect(stored()).toHaveLength(4);
  });

  test('what stays unprocessed is told, message by message, and logged', async () => {
    boundary.state.unprocessed = isOdd;
    const { status, json } = await post({ body: arrayOf(4) });
    expect(status).toBe(200);
    expect(json.data.map(({ status: one }) => one)).toEqual([202, 503, 202, 503]);
    expect(json.data[1]?.error).toEqual({ code: 'unavailable', detail: expect.any(String) });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'batch.not-written', messages: 2, of: 4 }));
    expect(lines).toContainEqual(expect.objectContaining({ MessageAccepted: 2, MessageNotWritten: 2 }));
  }, 30_000);

  test('a table that takes nothing fails the invocation: nobody is told that a message was accepted', async () => {
    table.on(BatchWriteCommand).rejects(new Error('the table cannot be reached'));
    await expect(post()).rejects.toThrow('the table cannot be reached');
  });
});

const NEITHER = 'must be a JSON array of messages, or lines of JSON objects';

describe('a whole batch is refused', () => {
  const refused = async (given: Given) => {
    const answer = await post(given);
    expect(boundary.messages()).toEqual([]);
    return answer;
  };

  test('without a token: 401', async () => {
    expect(await refused({ authorization: '' })).toMatchObject({ status: 401 });
  });

  test("with an application's token: 403", async () => {
    expect(await refused({ authorization: await bearer(ORG_ID, APP_ID) })).toMatchObject({ status: 403 });
  });

  test("for another organisation's application: 404", async () => {
    const authorization = await bearer('org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ');
    expect(await refused({ authorization })).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  test.each([
    ['that is empty', '', 'must hold at least one message'],
    ['of no messages', '[]', 'must hold at least one message'],
    ['of more than 500 messages', arrayOf(501), 'must hold at most 500 messages, and holds 501'],
    ['that is null', 'null', NEITHER],
    ['that is XML', '<a/>', NEITHER],
    ['that is a form', 'a=1&b=2', NEITHER],
    ['that is one message on several lines', JSON.stringify(JSON.parse(message(1)), null, 2), NEITHER],
    ['that is half an array', '[{"eventType":"a"', expect.stringMatching(/^The body is not JSON/)],
  ])('%s: 422 at the body', async (_title, body, msg) => {
    expect(await refused({ body })).toMatchObject({ status: 422, json: { detail: [{ loc: ['body'], msg }] } });
  });

  test('is not, where its content type says that it is lines: each line is refused', async () => {
    const answer = await refused({ body: 'null\n7', headers: { 'content-type': 'application/x-ndjson' } });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 0, notAccepted: 2 } });
  });

  test('is not for the mistakes of its messages', async () => {
    expect(await refused({ body: '{"eventType":"a b"}' })).toMatchObject({ status: 200, json: { notAccepted: 1 } });
    expect(await refused({ body: '[null,7]' })).toMatchObject({ status: 200, json: { notAccepted: 2 } });
  });

  test('of more than 4 MB: 413', async () => {
    const text = 'x'.repeat(250_000);
    const body = `[${Array.from({ length: 17 }, () => message(0, { payload: { text } })).join(',')}]`;
    expect(await refused({ body })).toMatchObject({ status: 413, json: { code: 'payload_too_large' } });
  });
});

test('no payload is logged', async () => {
  await post({ body: `[${message(0, { payload: { note: 'only-in-the-payload' } })},{}]` });
  expect(JSON.stringify(lines)).not.toContain('only-in-the-payload');
});
