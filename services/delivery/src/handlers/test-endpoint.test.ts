import { readFileSync } from 'node:fs';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { isId } from '@fanfare/core/ids';
import { endpointKey, type Key, versionKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';
import type { Examination } from '../domain/examination.ts';
import { endpoint } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  SIGNING_KEYS_NAME: '/fanfare/test/api/signing-keys',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:fanfare-test-examination',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation(() => undefined);
}
const table = mockClient(DynamoDBDocumentClient);
const states = mockClient(SFNClient);
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./test-endpoint.ts');

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const endpointId = 'ep_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const steps = [{ step: 'resolve', ok: false, milliseconds: 3, detail: 'the name has no address' }];

const stored = (key: Key, item: object): void => {
  table
    .on(GetCommand, { TableName: 'fanfare-test', Key: key, ConsistentRead: true })
    .resolves({ Item: { ...key, ...item } });
};
const call = async (
  operation: string,
  body: object = {},
  claims: Parameters<typeof bearer> = [orgId],
  more: Record<string, string> = {},
) => {
  const path = `/api/v1/app/${appId}/endpoint/${endpointId}/${operation}`;
  const headers = { authorization: await bearer(...claims), ...more };
  const request = apiRequest({ method: 'POST', path, headers, body: JSON.stringify(body) });
  const { statusCode, body: text } = await handler(request, {} as Context);
  return { statusCode, body: JSON.parse(text) as unknown };
};
const begun = (): Examination[] =>
  states
    .commandCalls(StartSyncExecutionCommand)
    .map(({ args }) => JSON.parse(args[0].input.input ?? '') as Examination);

beforeEach(() => {
  table.reset();
  states.reset();
  table.on(GetCommand).resolves({});
  states.on(StartSyncExecutionCommand).callsFake(({ input }) => ({
    status: 'SUCCEEDED',
    output: JSON.stringify({ ...JSON.parse(input), ok: false, steps }),
  }));
  stored(versionKey({ orgId, appId }), { kind: 'application-version', version: 1 });
  stored(endpointKey({ orgId, appId, endpointId }), endpoint({ id: endpointId }));
});

describe('an example', () => {
  test('is answered as a message, with the steps of its way', async () => {
    const answer = await call('send-example', { eventType: 'invoice.paid', exampleIndex: 1 });
    expect(answer).toMatchObject({ statusCode: 200, body: { eventType: 'invoice.paid', ok: false, steps } });
    const [examination] = begun();
    expect(answer.body).toMatchObject({ id: examination?.messageId, payload: JSON.parse(examination?.body ?? '') });
    expect(examination).toMatchObject({ orgId, appId, endpointId, ok: true, steps: [] });
    expect(JSON.parse(examination?.body ?? '')).toMatchObject({ type: 'invoice.paid', data: { example: true } });
  });

  test.each([
    [{}, 'eventType', 'is missing'],
    [{ eventType: 'a b' }, 'eventType', 'may hold letters, digits, "-", "_" and "." only'],
    [{ eventType: 'a', exampleIndex: -1 }, 'exampleIndex', 'must be at least 0'],
    [{ eventType: 'a', exampleIndex: 0.5 }, 'exampleIndex', 'must be a whole number'],
  ])('of %j is refused, and nothing is sent', async (body, field, msg) => {
    await expect(call('send-example', body)).resolves.toMatchObject({
      statusCode: 422,
      body: { detail: [{ loc: ['body', field], msg }] },
    });
    expect(begun()).toEqual([]);
  });

  test.each([
    ['send-example', { eventType: 'invoice.paid' }],
    ['test', {}],
  ])('of %s has one id for each idempotency key, and without a key one for each call', async (operation, body) => {
    const keys = ['once', 'once', 'twice', '', ''];
    for (const key of keys) await call(operation, body, [orgId], { 'idempotency-key': key });
    const ids = begun().map(({ messageId }) => messageId);
    expect(ids.every((id) => isId('msg', id))).toBe(true);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
  });

  test('of another event type has another id, also with the same idempotency key', async () => {
    for (const eventType of ['a', 'b']) await call('send-example', { eventType }, [orgId], { 'idempotency-key': 'x' });
    expect(new Set(begun().map(({ messageId }) => messageId)).size).toBe(2);
  });

  test('is for the organisation, and a test for the portal too', async () => {
    await expect(call('send-example', { eventType: 'a' }, [orgId, appId])).resolves.toMatchObject({ statusCode: 403 });
    await expect(call('test', {}, [orgId, appId])).resolves.toMatchObject({
      statusCode: 200,
      body: { ok: false, steps },
    });
    const stranger = 'app_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
    await expect(call('test', {}, [orgId, stranger])).resolves.toMatchObject({ statusCode: 404 });
  });

  test('is not sent to a resource of AWS, nor to an endpoint that was deleted', async () => {
    const url = 'arn:aws:sqs:us-east-1:123456789012:queue';
    stored(endpointKey({ orgId, appId, endpointId }), endpoint({ id: endpointId, url }));
    await expect(call('test')).resolves.toMatchObject({
      statusCode: 422,
      body: { detail: [{ loc: ['path', 'endpoint_id'] }] },
    });
    stored(endpointKey({ orgId, appId, endpointId }), endpoint({ id: endpointId, deletedAt: 'x' }));
    await expect(call('test')).resolves.toMatchObject({ statusCode: 404 });
    expect(begun()).toEqual([]);
  });

  test.each([{ status: 'FAILED', error: 'ExaminationFailed' }, { status: 'TIMED_OUT' }] as const)(
    'whose examination ends as %j fails the call: that is a fault of ours',
    async (result) => {
      states.on(StartSyncExecutionCommand).resolves(result);
      await expect(call('test')).rejects.toThrow(result.status);
    },
  );

  test('without a token is refused, as the sample event is', async () => {
    const event: unknown = JSON.parse(readFileSync('services/delivery/events/test-of-an-endpoint.json', 'utf8'));
    const answer = await handler(event as APIGatewayProxyEventV2, {} as Context);
    expect(answer.statusCode).toBe(401);
  });
});
