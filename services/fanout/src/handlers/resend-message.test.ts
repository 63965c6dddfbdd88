import { readFileSync } from 'node:fs';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, endpointUidKey, eventIdKey, type Key, messageKey, versionKey } from '@fanfare/core/keys';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { jest } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  SIGNING_KEYS_NAME: '/fanfare/test/api/signing-keys',
  TOPIC_DELIVERIES_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-deliveries',
  POWERTOOLS_SERVICE_NAME: 'fanout',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation(() => undefined);
}
const table = mockClient(DynamoDBDocumentClient);
const topic = mockClient(SNSClient);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./resend-message.ts');

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const messageId = 'msg_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const endpointId = 'ep_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const far = Math.floor(Date.now() / 1000) + 86_400;
const message = {
  kind: 'message',
  eventType: 'a',
  payload: new Uint8Array([123, 125]),
  encoding: 'identity',
  acceptedAt: 1_800_000_000_000,
  appVersion: 1,
  correlationId: 'c',
  payloadExpiresAt: far,
  expiresAt: far,
};
const endpoint = {
  kind: 'endpoint',
  id: endpointId,
  url: 'https://example.com/',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
  secrets: [],
  sinceVersion: 9,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

const stored = (key: Key, item: object): void => {
  table
    .on(GetCommand, { TableName: 'fanfare-test', Key: key, ConsistentRead: true })
    .resolves({ Item: { ...key, ...item } });
};
const tasks = () =>
  topic
    .commandCalls(PublishBatchCommand)
    .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? [])
    .map(({ Message = '' }) => deliveryTask.parse(JSON.parse(Message)));

const call = async (
  parts: { readonly message?: string; readonly endpoint?: string } = {},
  headers: Record<string, string> = {},
  claims: Parameters<typeof bearer> = [orgId],
) => {
  const path = `/api/v1/app/${appId}/msg/${parts.message ?? messageId}/endpoint/${parts.endpoint ?? endpointId}/resend`;
  const request = apiRequest({ method: 'POST', path, headers: { authorization: await bearer(...claims), ...headers } });
  const { statusCode, body } = await handler(request, {} as Context);
  return { statusCode, body: JSON.parse(body) as unknown };
};

beforeEach(() => {
  table.reset();
  topic.reset();
  topic.on(PublishBatchCommand).resolves({});
  table.on(GetCommand).resolves({});
  stored(versionKey({ orgId, appId }), { kind: 'application-version', version: 1 });
  stored(messageKey({ orgId, appId, messageId }), message);
  stored(endpointKey({ orgId, appId, endpointId }), endpoint);
});

describe('a call to send a message again', () => {
  test('publishes one manual task and is answered with an empty object, which every SDK can read', async () => {
    await expect(call()).resolves.toEqual({ statusCode: 202, body: {} });
    expect(tasks()).toMatchObject([{ orgId, appId, messageId, endpointId, trigger: 'manual', attempt: 1 }]);
  });

  test('with the same idempotency key makes the same copy, and with another one another', async () => {
    for (const key of ['one', 'one', 'two']) await call({}, { 'idempotency-key': key });
    await call();
    await call();
    const copies = tasks().map(({ copyId }) => copyId);
    expect(copies[0]).toBe(copies[1]);
    expect(new Set(copies).size).toBe(4);
  });

  test('may name message and endpoint as its caller does', async () => {
    stored(eventIdKey({ orgId, appId }, 'order-1'), { messageId });
    stored(endpointUidKey({ orgId, appId }, 'main'), { endpointId });
    await expect(call({ message: 'order-1', endpoint: 'main' })).resolves.toMatchObject({ statusCode: 202 });
    expect(tasks()).toMatchObject([{ messageId, endpointId }]);
  });

  test('may come from the application’s own portal, and not from another’s', async () => {
    await expect(call({}, {}, [orgId, appId])).resolves.toMatchObject({ statusCode: 202 });
    await expect(call({}, {}, [orgId, 'app_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ'])).resolves.toMatchObject({ statusCode: 404 });
    expect(tasks()).toHaveLength(1);
  });

  test.each([
    [
      'a message that does not exist',
      () => table.on(GetCommand, { Key: messageKey({ orgId, appId, messageId }) }).resolves({}),
      404,
    ],
    [
      'a message that has expired',
      () => stored(messageKey({ orgId, appId, messageId }), { ...message, expiresAt: 1 }),
      404,
    ],
    [
      'an endpoint that was deleted',
      () => stored(endpointKey({ orgId, appId, endpointId }), { ...endpoint, deletedAt: 'x' }),
      404,
    ],
    [
      'a payload that is not kept any more',
      () => stored(messageKey({ orgId, appId, messageId }), { ...message, payloadExpiresAt: 1 }),
      400,
    ],
  ])('of %s is refused and publishes nothing', async (_title, prepare, statusCode) => {
    prepare();
    await expect(call()).resolves.toMatchObject({ statusCode, body: { code: expect.any(String) } });
    expect(tasks()).toEqual([]);
  });

  test('that the topic does not take fails, so that its caller tries again', async () => {
    topic.on(PublishBatchCommand).rejects(new Error('unreachable'));
    const answer = await call().catch(() => ({ statusCode: 500 }));
    expect(answer.statusCode).toBe(500);
  });

  test('without a token is refused, as the sample event is', async () => {
    const event: unknown = JSON.parse(readFileSync('services/fanout/events/the-resend-of-a-message.json', 'utf8'));
    const answer = await handler(event as APIGatewayProxyEventV2, {} as Context);
    expect(answer.statusCode).toBe(401);
  });
});
