import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { cursorKey, dataKeyKey, endpointKey, logKey, messageKey, versionKey } from '@fanfare/core/keys';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { secretPlace } from '@fanfare/events/endpoint-record';
import { orderedCursor } from '@fanfare/events/ordered-cursor';
import { type OrderedWake, orderedWake } from '@fanfare/events/ordered-wake';
import { jest } from '@jest/globals';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Webhook } from 'standardwebhooks';
import { documentClient } from '../../../../scripts/simulate/document-client.ts';
import { tableInMemory } from '../../../../scripts/simulate/table.ts';
import { entry } from '../domain/ordered/log.fake.ts';
import { PRESSURE } from '../domain/pressure-settings.fake.ts';
import { endpoint } from '../domain/task.fake.ts';

const url = (queue: string): string => `http://sqs.localhost/000000000000/${queue}`;
Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  QUEUE_WEBHOOK_URL: url('webhook'),
  QUEUE_SLOW_URL: url('slow'),
  QUEUE_AWS_URL: url('aws'),
  QUEUE_PARK_URL: url('park'),
  QUEUE_ORDERED_URL: url('ordered.fifo'),
  PRESSURE: JSON.stringify(PRESSURE),
  RETRY_SCHEDULE_NAME: '/fanfare/test/settings/retry-schedule',
  ALLOWED_SUBNETS: '127.0.0.0/8',
  HTTPS_ONLY: 'false',
  SEND_TIMEOUT_SECONDS: '3',
  SVIX_HEADERS: 'false',
  ENDPOINT_FAILING_LIMIT_SECONDS: '432000',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const dynamo = mockClient(DynamoDBDocumentClient);
const queue = mockClient(SQSClient);
const kms = mockClient(KMSClient);
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: '{"default":[5,7200],"eventTypes":{"at.once":[0,0]}}' } });
const { handler } = await import('./deliver-ordered.ts');

const [sample] = (JSON.parse(readFileSync('services/delivery/events/one-wake-up.json', 'utf8')) as SQSEvent)
  .Records as [SQSRecord];
const WAKE = orderedWake.parse(JSON.parse(sample.body));
const DATA_KEY = new Uint8Array(32).fill(9);
const SECRET = new Uint8Array(24).fill(3);
const SEALED = seal(SECRET, secretPlace(WAKE), { number: 1, bytes: DATA_KEY }, new Uint8Array(NONCE_BYTES));
const context = (leftMs = 45_000) => ({ getRemainingTimeInMillis: () => leftMs }) as Context;

let server: Server;
const received: { readonly id: string; readonly headers: Record<string, string>; readonly body: string }[] = [];
let answer: RequestListener = (_request, response) => void response.end('ok');
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const headers = request.headers as Record<string, string>;
    received.push({ id: headers['webhook-id'] ?? '', headers, body });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

let table = tableInMemory();
const put = (key: { PK: string; SK: string }, item: object) => table.put({ ...key, ...item });
const post = (
  from: number,
  to: number,
  fields: Parameters<typeof entry>[1] = {},
  orderingKey = WAKE.orderingKey,
): void => {
  for (let number = from; number <= to; number += 1) {
    const now = Date.now();
    const messageId = `msg_${orderingKey.at(-1)}x${number}`;
    const logged = entry(number, { acceptedAt: now, messageId, expiresAt: now / 1000 + 1_000, ...fields });
    put(logKey({ ...WAKE, orderingKey }, number), logged);
    put(messageKey({ ...WAKE, messageId }), {
      kind: 'message',
      eventType: logged.eventType,
      payload: new TextEncoder().encode(`{"number":${number}}`),
      encoding: 'identity',
      acceptedAt: now,
      appVersion: 3,
      correlationId: 'c',
      payloadExpiresAt: Math.floor(now / 1000) + 1_000,
      expiresAt: Math.floor(now / 1000) + 1_000,
    });
  }
};
const ids = (from: number, to: number, key = '1'): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `msg_${key}x${from + index}`);
const cursor = (orderingKey = WAKE.orderingKey) => orderedCursor.parse(table.get(cursorKey({ ...WAKE, orderingKey })));
const record = (fields: Partial<OrderedWake> | string): SQSRecord => {
  const wake = typeof fields === 'string' ? { ...WAKE, orderingKey: 'poison' } : { ...WAKE, ...fields };
  return {
    ...sample,
    messageId: `m-${wake.orderingKey}-${wake.number}-${wake.wakeAt ?? 0}`,
    body: typeof fields === 'string' ? fields : JSON.stringify(wake),
    attributes: { ...sample.attributes, MessageGroupId: `${wake.endpointId}#${wake.orderingKey}` },
  };
};
const sentTo = (name: string): SendMessageCommandInput[] =>
  queue
    .commandCalls(SendMessageCommand)
    .flatMap(({ args }) => (args[0].input.QueueUrl === url(name) ? [args[0].input] : []));
const wakeIn = (sent: SendMessageCommandInput | undefined) => orderedWake.parse(JSON.parse(sent?.MessageBody ?? ''));

beforeEach(() => {
  for (const mock of [dynamo, queue, kms]) mock.reset();
  lines.length = 0;
  received.length = 0;
  answer = (_request, response) => void response.end('ok');
  table = tableInMemory();
  const client = documentClient(table, async ({ effect }) => effect());
  const served = [BatchGetCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand] as readonly unknown[];
  for (const Command of served as (new (
    input: object,
  ) => never)[]) {
    dynamo.on(Command).callsFake((input: object) => client.send(new Command(input)));
  }
  queue.on(SendMessageCommand).resolves({});
  kms.on(DecryptCommand).resolves({ Plaintext: DATA_KEY });
  put(dataKeyKey(WAKE.orgId, 1), { kind: 'data-key', wrapped: new Uint8Array([1]) });
  put(versionKey(WAKE), { kind: 'application-version', version: 3, orderedEndpoints: 1 });
  const { port } = server.address() as AddressInfo;
  put(
    endpointKey(WAKE),
    endpoint({ url: `http://127.0.0.1:${port}/in`, secrets: [{ sealed: SEALED }], orderedSince: 1 }),
  );
});

describe('a wake-up', () => {
  test('has its log sent, signed so that an independent library verifies it, in its order', async () => {
    post(1, 3);
    await expect(handler({ Records: [record({ number: 3 })] }, context())).resolves.toEqual({ batchItemFailures: [] });
    expect(received.map(({ id }) => id)).toEqual(ids(1, 3));
    for (const { body, headers } of received) new Webhook(formatSecret(SECRET)).verify(body, headers);
    expect(received[1]?.body).toBe('{"number":2}');
    expect(cursor()).toMatchObject({ next: 4, attempt: 1 });
    expect(queue.commandCalls(SendMessageCommand)).toEqual([]);
  });

  test('that comes late, again or out of its order sends nothing twice', async () => {
    post(1, 4);
    const Records = [4, 2, 2, 1, 4].map((number) => record({ number }));
    await handler({ Records }, context());
    await handler({ Records: [record({ number: 3 })] }, context());
    expect(received.map(({ id }) => id)).toEqual(ids(1, 4));
  });

  test('that cannot be read fails with those of its group behind it, and nobody else', async () => {
    post(1, 1);
    post(1, 1, {}, 'customer-2');
    const Records = [record({ number: 1 }), record('{"v":99}'), record({ number: 1, orderingKey: 'customer-2' })];
    await expect(handler({ Records }, context())).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-poison-3-0' }],
    });
    expect(received.map(({ id }) => id)).toEqual([...ids(1, 1), ...ids(1, 1, '2')]);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'ERROR', message: 'order.failed' }));
  });

  test('comes back when the table cannot be read, and finds everything as it was', async () => {
    post(1, 2);
    dynamo.on(QueryCommand).rejectsOnce(new Error('throttled'));
    await expect(handler({ Records: [record({ number: 2 })] }, context())).resolves.toMatchObject({
      batchItemFailures: [{}],
    });
    expect(received).toEqual([]);
  });

  test('whose time is nearly over sends one for the rest, which is no duplicate of any before', async () => {
    post(1, 2);
    await handler({ Records: [record({ number: 2 })] }, context(4_000));
    expect(received).toEqual([]);
    const [rest] = sentTo('ordered.fifo');
    expect(rest).toMatchObject({ MessageGroupId: `${WAKE.endpointId}#${WAKE.orderingKey}` });
    expect(rest?.MessageDeduplicationId).toMatch(/#1#\d{13}$/);
    expect(wakeIn(rest)).toMatchObject({ number: 1 });
    expect(cursor()).not.toHaveProperty('leaseId');
  });
});

describe('a message that fails', () => {
  test('holds up its own log, whose look waits in the queue of looks', async () => {
    answer = (_request, response) => void response.writeHead(500).end('secret answer');
    post(1, 2);
    post(1, 1, {}, 'customer-2');
    await handler({ Records: [record({ number: 2 }), record({ number: 1, orderingKey: 'customer-2' })] }, context());
    expect(received.map(({ id }) => id)).toEqual([...ids(1, 1), ...ids(1, 1, '2')]);
    const [look] = sentTo('park');
    expect(look).toMatchObject({ MessageGroupId: WAKE.appId });
    expect(look?.DelaySeconds).toBeGreaterThanOrEqual(4);
    expect(wakeIn(look)).toMatchObject({ number: 1, wakeAt: cursor().blockedUntil });
    expect(cursor()).toMatchObject({ next: 1, attempt: 2, blockedBy: 'retry' });
  });

  test('is looked at again from among what is due, where a queue cannot hold it so long', async () => {
    answer = (_request, response) => void response.writeHead(500).end();
    post(1, 1);
    await handler({ Records: [record({ number: 1 })] }, context());
    const look = wakeIn(sentTo('park')[0]);
    await handler({ Records: [record(look)] }, context());
    const due = dynamo
      .commandCalls(PutCommand)
      .flatMap(({ args }) => (args[0].input.Item?.kind === 'due' ? [args[0].input.Item] : []));
    expect(due).toMatchObject([{ what: 'order', dueAt: cursor().blockedUntil, wake: { number: 1 } }]);
    expect(cursor()).toMatchObject({ next: 1, attempt: 3 });
  });

  test('is told of in the log by ids and figures, and the answer, the body and the address are not', async () => {
    answer = (_request, response) => void response.writeHead(500).end('secret answer');
    post(1, 1);
    await handler({ Records: [record({ number: 1, wakeAt: Date.now() - 5_000 })] }, context());
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'delivery.attempted',
        msg_id: 'msg_1x1',
        correlation_id: 'c-1',
        step: 'retry',
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'order.looked-at',
        outcome: 'stopped',
        held_by: 'retry',
        ordering_key: 'customer-1',
      }),
    );
    const figures = lines.find((line) => '_aws' in line);
    expect(figures).toMatchObject({ AttemptFailed: 1, OrderedHeadAgeSeconds: 0 });
    expect(figures?.OrderedLookLateMilliseconds).toBeGreaterThanOrEqual(5_000);
    expect(JSON.stringify(lines)).not.toMatch(/secret answer|"number":1}|127\.0\.0\.1/);
  });
});

test('two functions that work on one log at once send in its order, and what was announced does the rest', async () => {
  let requests = 0;
  answer = (_request, response) => {
    requests += 1;
    response.writeHead(requests % 3 === 0 ? 500 : 200).end();
  };
  post(1, 12, { eventType: 'at.once' });
  const wakes: Partial<OrderedWake>[] = [{ number: 12 }, { number: 5 }, { number: 12 }];
  for (let turns = 0; wakes.length > 0 && turns < 50; turns += 1) {
    const batch = wakes.splice(0, 3);
    await Promise.all(batch.map((wake) => handler({ Records: [record(wake)] }, context())));
    wakes.push(...[...sentTo('park'), ...sentTo('ordered.fifo')].map(wakeIn));
    queue.resetHistory();
    // A look that was announced for the end of somebody's lease comes when that is over.
    if (wakes.length > 0) await new Promise((done) => setTimeout(done, 20));
  }
  expect(cursor()).toMatchObject({ next: 13, attempt: 1 });
  const first = [...new Set(received.map(({ id }) => id))];
  expect(first).toEqual(ids(1, 12));
});
