import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { attemptKey, dueKey, endpointKey, versionKey } from '@fanfare/core/keys';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { packHeaders } from '@fanfare/events/custom-headers';
import { type DeliveryTask, deliveryTask, MAX_HOPS } from '@fanfare/events/delivery-task';
import { dueId } from '@fanfare/events/due-id';
import { type DueTask, dueItem } from '@fanfare/events/due-item';
import { secretPlace } from '@fanfare/events/endpoint-record';
import { jest } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Webhook } from 'standardwebhooks';
import { PRESSURE } from '../domain/pressure-settings.fake.ts';
import { attempt, endpoint } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  QUEUE_WEBHOOK_URL: 'http://sqs.localhost/000000000000/webhook',
  QUEUE_SLOW_URL: 'http://sqs.localhost/000000000000/slow',
  QUEUE_PARK_URL: 'http://sqs.localhost/000000000000/park',
  PRESSURE: JSON.stringify(PRESSURE),
  QUEUE_AWS_URL: 'http://sqs.localhost/000000000000/aws',
  RETRY_SCHEDULE_NAME: '/fanfare/test/settings/retry-schedule',
  ALLOWED_SUBNETS: '127.0.0.0/8',
  HTTPS_ONLY: 'false',
  SEND_TIMEOUT_SECONDS: '3',
  SVIX_HEADERS: 'true',
  ENDPOINT_FAILING_LIMIT_SECONDS: '432000',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const queue = mockClient(SQSClient);
const kms = mockClient(KMSClient);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '[5, 300, 7200]' } });
const { handler } = await import('./deliver-webhook.ts');

const sample = (name: string) => JSON.parse(readFileSync(`services/delivery/events/${name}.json`, 'utf8')) as SQSEvent;
const [sampleRecord] = sample('one-task').Records as [SQSRecord];
const sampleTask = deliveryTask.parse(JSON.parse(sampleRecord.body));
const DATA_KEY = new Uint8Array(32).fill(9);
const SECRET = new Uint8Array(24).fill(3);
const sealed = seal(SECRET, secretPlace(sampleTask), { number: 1, bytes: DATA_KEY }, new Uint8Array(NONCE_BYTES));

let server: Server;
let url = '';
const received: { readonly headers: Record<string, string>; readonly body: string }[] = [];
let answer: RequestListener = (_request, response) => void response.end('ok');

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers as Record<string, string>, body });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}/in`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const record = (n: number, fields: Partial<DeliveryTask> | string = {}): SQSRecord => ({
  ...sampleRecord,
  messageId: `m-${n}`,
  body: typeof fields === 'string' ? fields : JSON.stringify({ ...sampleTask, messageId: `msg_${n}`, ...fields }),
  messageAttributes: {
    ...sampleRecord.messageAttributes,
    correlation_id: { dataType: 'String', stringValue: `c-${n}` },
  },
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const recorded = () => table.commandCalls(PutCommand).map(({ args }) => attemptRecord.parse(args[0].input.Item));
const retries = () => queue.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);

/** What the batch read finds. */
const standing = (...items: Record<string, unknown>[]): void => {
  table.on(BatchGetCommand).resolves({ Responses: { 'fanfare-test': items } });
};
const application = { ...versionKey(sampleTask), kind: 'application-version', version: 3 };
const stored = () => ({ ...endpointKey(sampleTask), ...endpoint({ url, secrets: [{ sealed }] }) });

beforeEach(() => {
  for (const mock of [table, queue, kms]) mock.reset();
  lines.length = 0;
  received.length = 0;
  answer = (_request, response) => void response.end('ok');
  standing(application, stored());
  table.on(PutCommand).resolves({});
  table.on(UpdateCommand).resolves({});
  table.on(TransactWriteCommand).resolves({});
  table.on(GetCommand).resolves({ Item: { wrapped: new Uint8Array([1]) } });
  kms.on(DecryptCommand).resolves({ Plaintext: DATA_KEY });
  queue.on(SendMessageCommand).resolves({});
});

describe('a batch of tasks', () => {
  test('is sent, signed so that an independent library verifies it, and recorded', async () => {
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(received).toHaveLength(1);
    const { body = '', headers = {} } = received[0] ?? {};
    new Webhook(formatSecret(SECRET)).verify(body, headers);
    expect(body).toBe('{"type":"invoice.paid","data":{"id":"in_1","amount":12.50}}');
    expect(recorded()).toMatchObject([{ succeeded: true, responseStatusCode: 200, response: 'ok' }]);
    expect(retries()).toEqual([]);
  });

  test('of which one is poison fails in that one alone', async () => {
    const records = numbers(10).map((n) => (n === 4 ? record(4, '{"v":99}') : record(n)));
    await expect(handler({ Records: records })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'm-4' }] });
    expect(received).toHaveLength(9);
    expect(recorded()).toHaveLength(9);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'task.failed', message_id: 'm-4', correlation_id: 'c-4' }),
    );
  });

  test.each([
    ['a separator', 'ep#1'],
    ['nothing', ''],
    ['more than a key can hold', 'm'.repeat(3_000)],
  ])('of which one has an id with %s fails in that one alone', async (_title, messageId) => {
    const records = [record(1), record(2, { messageId }), record(3)];
    await expect(handler({ Records: records })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'm-2' }] });
    expect(received).toHaveLength(2);
  });

  test('of which one went round too often fails in that one alone, and says so', async () => {
    const records = [record(1, { hops: MAX_HOPS }), record(2, { hops: MAX_HOPS + 1 })];
    await expect(handler({ Records: records })).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'm-2' }] });
    expect(received).toHaveLength(1);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'task.failed', error: expect.objectContaining({ name: 'HoppedTooOften' }) }),
    );
  });

  test('of poison alone is reported like any other, and does not end as an error', async () => {
    const { Records } = sample('a-task-and-a-poison-message');
    await expect(handler({ Records: Records.slice(1) })).resolves.toMatchObject({ batchItemFailures: [{}] });
  });

  test('is read by one strongly consistent call', async () => {
    await handler({ Records: numbers(10).map((n) => record(n)) });
    const reads = table.commandCalls(BatchGetCommand);
    expect(reads).toHaveLength(1);
    const asked = reads[0]?.args[0].input.RequestItems?.['fanfare-test'];
    expect(asked?.ConsistentRead).toBe(true);
    expect(asked?.Keys).toHaveLength(10 + 1 + 1);
  });

  test('asks for a data key once an hour, and KMS with it', async () => {
    const orgId = 'org_fresh';
    const ref = { ...sampleTask, orgId };
    const item = { ...endpoint({ url }), ...endpointKey(ref) };
    const key = { number: 1, bytes: DATA_KEY };
    const secrets = [{ sealed: seal(SECRET, secretPlace(ref), key, new Uint8Array(NONCE_BYTES)) }];
    standing({ ...application, ...versionKey(ref) }, { ...item, secrets });
    await handler({ Records: numbers(10).map((n) => record(n, { orgId })) });
    await handler({ Records: [record(11, { orgId })] });
    expect(kms.commandCalls(DecryptCommand)).toHaveLength(1);
    expect(received).toHaveLength(11);
  });

  test('with the same attempt twice is sent once', async () => {
    const records = [record(1), { ...record(1, { copyId: 'other' }), messageId: 'm-2' }];
    await expect(handler({ Records: records })).resolves.toEqual({ batchItemFailures: [] });
    expect(received).toHaveLength(1);
    expect(lines).toContainEqual(expect.objectContaining({ AttemptSucceeded: 1, TaskDropped: 1 }));
  });

  test('writes one metric line, and no URL, body, secret or answer anywhere', async () => {
    answer = (_request, response) => void response.writeHead(500).end('a private answer');
    await handler({ Records: [record(1), record(2), record(3, 'nonsense')] });
    expect(lines.filter((line) => '_aws' in line)).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/127\.0\.0\.1|user:pass|invoice\.paid|private answer|whsec_|v1,/);
  });

  test('logs a success at debug and a failure at info, one line each, with the ids to follow it by', async () => {
    await handler({ Records: [record(1)] });
    answer = (_request, response) => void response.writeHead(500).end();
    await handler({ Records: [record(2)] });
    const attempted = lines.filter(({ message }) => message === 'delivery.attempted');
    expect(attempted).toMatchObject([
      { level: 'DEBUG', msg_id: 'msg_1', correlation_id: 'c-1', attempt: 1, status: 200, step: 'delivered' },
      { level: 'INFO', msg_id: 'msg_2', correlation_id: 'c-2', attempt: 1, status: 500, step: 'retry' },
    ]);
  });
});

describe('an endpoint that never ends its answer', () => {
  const drip: RequestListener = (_request, response) => {
    const timer = setInterval(() => response.write('x'), 50).unref(); // the endpoint's own, in the same process here
    response.on('close', () => clearInterval(timer));
  };

  test('is cut off after the time of the stage, recorded and tried again, and harms no neighbour', async () => {
    const activeBefore = active();
    answer = (request, response) => (request.headers['webhook-id'] === 'msg_1' ? drip : quick)(request, response);
    const startedAt = Date.now();
    await expect(handler({ Records: [record(1), record(2)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2_900);
    expect(recorded().map(({ outcome }) => outcome)).toEqual(['answered', 'timed-out']);
    expect(retries()).toHaveLength(1);
    expect(active()).toEqual(activeBefore);
  }, 30_000);

  const quick: RequestListener = (_request, response) => void response.end('ok');
  /** What would keep the process from going to sleep. */
  const active = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout' || /Req/.test(what));
});

describe('a stage that sends the older headers too', () => {
  test('sends each of the three under both names, with the same value', async () => {
    await handler({ Records: [record(1)] });
    const { headers = {} } = received[0] ?? {};
    for (const name of ['id', 'timestamp', 'signature']) {
      expect(headers[`svix-${name}`]).toBeTruthy();
      expect(headers[`svix-${name}`]).toBe(headers[`webhook-${name}`]);
    }
  });
});

describe('headers of the endpoint’s own', () => {
  const sealedHeaders = (headers: Record<string, string>) =>
    seal(packHeaders(headers), secretPlace(sampleTask, 'headers'), { number: 1, bytes: DATA_KEY }, new Uint8Array(12));

  test('are opened and sent, instead of the user and password of the URL when they authorize', async () => {
    standing(application, { ...stored(), headers: sealedHeaders({ 'X-Shop': '7', Authorization: 'Bearer abc' }) });
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(received[0]?.headers).toMatchObject({ 'x-shop': '7', authorization: 'Bearer abc' });
    expect(JSON.stringify([lines, recorded()])).not.toMatch(/Bearer|x-shop/i);
  });

  test('that cannot be opened send the task back, unsent', async () => {
    standing(application, { ...stored(), headers: sealed });
    await expect(handler({ Records: [record(1)] })).resolves.toMatchObject({ batchItemFailures: [{}] });
    expect(received).toEqual([]);
  });
});

describe('an endpoint that fails', () => {
  beforeEach(() => {
    answer = (_request, response) => void response.writeHead(500).end('no');
  });

  test('has the next attempt made by a task that has not gone round yet', async () => {
    await handler({ Records: [record(1, { hops: 5 })] });
    expect(deliveryTask.parse(JSON.parse(retries()[0]?.MessageBody ?? '')).hops).toBeUndefined();
  });

  test('is handled: the attempt is recorded and the next one scheduled, with everything it travels with', async () => {
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(recorded()).toMatchObject([{ succeeded: false, responseStatusCode: 500, response: 'no' }]);
    const [retry] = retries();
    expect(retry).toMatchObject({ MessageGroupId: sampleTask.appId });
    expect(retry?.DelaySeconds).toBeGreaterThanOrEqual(4);
    expect(retry?.DelaySeconds).toBeLessThanOrEqual(6);
    expect(retry?.MessageAttributes?.correlation_id?.StringValue).toBe('c-1');
    expect(retry?.MessageAttributes?.lane?.StringValue).toBe('webhook');
    const next = deliveryTask.parse(JSON.parse(retry?.MessageBody ?? ''));
    expect(next).toMatchObject({ attempt: 2, payload: sampleTask.payload, acceptedAt: sampleTask.acceptedAt });
    expect(next.copyId).not.toBe(sampleTask.copyId);
    expect(lines).toContainEqual(expect.objectContaining({ AttemptFailed: 1, RetryScheduled: 1 }));
  });

  test('to the end of the schedule is given up on', async () => {
    await handler({ Records: [record(1, { attempt: 4 })] });
    expect(retries()).toEqual([]);
    expect(recorded()[0]).not.toHaveProperty('nextAttemptAt');
    expect(lines).toContainEqual(expect.objectContaining({ AttemptFailed: 1, AttemptExhausted: 1 }));
  });
});

describe('what an answer says about its endpoint', () => {
  test('is nothing when it answers as before: a success costs one write', async () => {
    await handler({ Records: numbers(10).map((n) => record(n)) });
    expect(table.commandCalls(PutCommand)).toHaveLength(10);
    expect([...table.commandCalls(UpdateCommand), ...table.commandCalls(TransactWriteCommand)]).toEqual([]);
  });

  test('that it is gone disables it, in one transaction with its application’s version', async () => {
    answer = (_request, response) => void response.writeHead(410).end();
    await handler({ Records: [record(1)] });
    const [transaction] = table.commandCalls(TransactWriteCommand);
    const keys = transaction?.args[0].input.TransactItems?.map(({ Update }) => Update?.Key);
    expect(keys).toEqual([endpointKey(sampleTask), versionKey(sampleTask)]);
    expect(retries()).toEqual([]);
    expect(lines).toContainEqual(expect.objectContaining({ EndpointDisabled: 1 }));
  });

  test.each([
    ['disable', 1, 0],
    ['abort-message', 0, 0],
    ['go on', 0, 1],
  ])('with webhook-delivery: %s is obeyed', async (asked, disabled, scheduled) => {
    answer = (_request, response) => void response.writeHead(500, { 'webhook-delivery': asked }).end();
    await handler({ Records: [record(1)] });
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(disabled);
    expect(retries()).toHaveLength(scheduled);
  });

  test('that cannot be written sends the task back, which then does it without sending again', async () => {
    answer = (_request, response) => void response.writeHead(410).end();
    table.on(TransactWriteCommand).rejectsOnce(new Error('throttled')).resolves({});
    await expect(handler({ Records: [record(1)] })).resolves.toMatchObject({ batchItemFailures: [{}] });
    const [written] = table.commandCalls(PutCommand).map(({ args }) => args[0].input.Item);
    standing(application, stored(), written ?? {});
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(received).toHaveLength(1);
    expect(table.commandCalls(TransactWriteCommand)).toHaveLength(2);
  });
});

describe('a retry that is further away than a queue can wait', () => {
  test('is kept in the table without its payload, with what it travels with', async () => {
    answer = (_request, response) => void response.writeHead(503).end();
    await handler({ Records: [record(1, { attempt: 3 })] });
    expect(retries()).toEqual([]);
    const [, due] = table.commandCalls(PutCommand).map(({ args }) => args[0].input);
    expect(due?.ConditionExpression).toBe('attribute_not_exists(PK)');
    const kept = dueItem.parse(due?.Item) as DueTask;
    expect(kept).toMatchObject({ task: { attempt: 4 }, attributes: { lane: 'webhook', correlation_id: 'c-1' } });
    expect(kept).not.toMatchObject({ task: { payload: expect.anything() } });
    expect(due?.Item).toMatchObject(dueKey({ dueAt: kept.dueAt, what: 'task', id: dueId(kept) }));
  });
});

describe('the latency of a delivery', () => {
  test('is measured from the 202 to the end of a first attempt', async () => {
    await handler({ Records: [record(1, { acceptedAt: Date.now() - 700 })] });
    const line = lines.find((one) => 'EndToEndMilliseconds' in one);
    expect(line?.EndToEndMilliseconds).toBeGreaterThanOrEqual(700);
    expect(line?.EndToEndMilliseconds).toBeLessThan(5_000);
  });

  test('is not measured where a retry had to wait', async () => {
    await handler({ Records: [record(1, { attempt: 2 })] });
    expect(lines.some((one) => 'AttemptSucceeded' in one)).toBe(true);
    expect(lines.some((one) => 'EndToEndMilliseconds' in one)).toBe(false);
  });

  test('is not measured where a message was replayed, days after its 202', async () => {
    await handler({ Records: [record(1, { acceptedAt: Date.now() - 86_400_000, replay: true })] });
    expect(lines.some((one) => 'AttemptSucceeded' in one)).toBe(true);
    expect(lines.some((one) => 'EndToEndMilliseconds' in one)).toBe(false);
  });
});

describe('a task whose attempt stands recorded', () => {
  const made = { ...attemptKey({ ...sampleTask, messageId: 'msg_1' }), ...attempt() };

  test('is dropped', async () => {
    standing(application, stored(), made);
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(received).toEqual([]);
    expect(lines).toContainEqual(expect.objectContaining({ TaskDropped: 1 }));
  });

  test('schedules the retry that it may not have lived to schedule', async () => {
    standing(application, stored(), { ...made, nextAttemptAt: Date.now() + 60_000, recordedBy: sampleTask.copyId });
    await handler({ Records: [record(1)] });
    expect(received).toEqual([]);
    expect(JSON.parse(retries()[0]?.MessageBody ?? '')).toMatchObject({ attempt: 2 });
    expect(retries()[0]?.DelaySeconds).toBeGreaterThan(58);
    expect(lines).toContainEqual(expect.objectContaining({ TaskDropped: 1, RetryScheduled: 1 }));
  });
});

describe('a dependency that fails', () => {
  const failing = [record(1), record(2)];
  const both = { batchItemFailures: [{ itemIdentifier: 'm-1' }, { itemIdentifier: 'm-2' }] };

  test('when the batch is read sends every task back, unsent', async () => {
    table.on(BatchGetCommand).rejects(new Error('throttled'));
    await expect(handler({ Records: failing })).resolves.toEqual(both);
    expect(received).toEqual([]);
  });

  test('when an attempt is recorded sends that task back, and no other', async () => {
    table.on(PutCommand).rejectsOnce(new Error('throttled')).resolves({});
    const { batchItemFailures } = await handler({ Records: failing });
    expect(batchItemFailures).toHaveLength(1);
    expect(recorded()).toHaveLength(2);
  });

  test('when a retry is scheduled sends the task back, to schedule it from its record', async () => {
    answer = (_request, response) => void response.writeHead(500).end();
    queue.on(SendMessageCommand).rejects(new Error('throttled'));
    await expect(handler({ Records: [record(1)] })).resolves.toMatchObject({ batchItemFailures: [{}] });
    const [written] = table.commandCalls(PutCommand).map(({ args }) => args[0].input.Item);
    standing(application, stored(), written ?? {});
    queue.on(SendMessageCommand).resolves({});
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(received).toHaveLength(1);
    expect(JSON.parse(retries().at(-1)?.MessageBody ?? '')).toMatchObject({ attempt: 2 });
  });

  test('when a secret cannot be opened sends the task back, unsent', async () => {
    standing(application, { ...stored(), secrets: [{ sealed: new Uint8Array(40) }] });
    await expect(handler({ Records: [record(1)] })).resolves.toMatchObject({ batchItemFailures: [{}] });
    expect(received).toEqual([]);
  });
});

test.each(['http://169.254.169.254/latest', 'http://[::1]:1/', 'http://10.0.0.1/'])(
  'nothing is sent to an address that is not public, and the attempt says so: %s',
  async (target) => {
    standing(application, { ...stored(), url: target });
    await expect(handler({ Records: [record(1)] })).resolves.toEqual({ batchItemFailures: [] });
    expect(recorded()).toMatchObject([
      { outcome: 'refused', response: 'the address is not allowed', succeeded: false },
    ]);
    expect(retries()).toHaveLength(1);
  },
);
