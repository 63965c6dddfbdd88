import { readFileSync } from 'node:fs';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { backgroundTaskKey, endpointKey, type Key, replayKey, versionKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { apiRequest } from '../../../../tests/api-request.ts';
import { bearer, TEST_SIGNING_KEY } from '../../../../tests/tokens.ts';
import { endpoint, idAt, importTask, task } from '../domain/replay.samples.ts';

const STATE_MACHINE_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:fanfare-test-replay';
Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  SIGNING_KEYS_NAME: '/fanfare/test/api/signing-keys',
  STATE_MACHINE_ARN,
  POWERTOOLS_SERVICE_NAME: 'replay',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation(() => undefined);
}
const table = mockClient(DynamoDBDocumentClient);
const states = mockClient(SFNClient);
const ssm = mockClient(SSMClient);
ssm.on(GetParameterCommand).resolves({ Parameter: { Value: TEST_SIGNING_KEY } });
const { handler } = await import('./replay-api.ts');

const orgId = idAt('org', Date.now());
const appId = idAt('app', Date.now());
const endpointId = idAt('ep', Date.now());
const since = new Date(Date.now() - 3_600_000).toISOString();
const ref = { orgId, appId, endpointId };

const stored = (key: Key, item: object): void => {
  table
    .on(GetCommand, { TableName: 'fanfare-test', Key: key, ConsistentRead: true })
    .resolves({ Item: { ...key, ...item } });
};
const call = async (
  path: string,
  {
    method = 'POST',
    body,
    headers = {},
    as = [orgId],
  }: {
    method?: string;
    body?: object;
    headers?: Record<string, string>;
    as?: Parameters<typeof bearer>;
  } = {},
) => {
  const request = apiRequest({
    method,
    path: `/api/v1${path}`,
    headers: { authorization: await bearer(...as), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { statusCode, body: text } = await handler(request, {} as Context);
  return { statusCode, body: JSON.parse(text) as { id: string; [name: string]: unknown } };
};
const recover = (more: Parameters<typeof call>[1] = {}) =>
  call(`/app/${appId}/endpoint/${endpointId}/recover`, { body: { since }, ...more });
const written = () => table.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems ?? []);
const started = () => states.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

beforeEach(() => {
  table.reset();
  states.reset();
  table.on(GetCommand).resolves({});
  table.on(TransactWriteCommand).resolves({});
  states.on(StartExecutionCommand).resolves({});
  stored(versionKey(ref), { kind: 'application-version', version: 1 });
  stored(endpointKey(ref), endpoint({ id: endpointId }));
});

describe('a call to recover an endpoint', () => {
  test('writes a task and what makes others join it, and starts a run of that name', async () => {
    const { statusCode, body } = await recover({ headers: { 'idempotency-key': 'once' } });
    expect(statusCode).toBe(202);
    expect(body).toMatchObject({ status: 'running', task: 'endpoint.recover', updatedAt: expect.any(String) });
    const puts = written()[0]?.map(({ Put }) => [Put?.Item?.kind, Put?.Item?.id ?? Put?.Item?.taskId]);
    expect(puts).toEqual([
      ['background-task', body.id],
      ['replay', body.id],
      ['idempotency', body.id],
    ]);
    for (const { Put } of written()[0] ?? []) expect(Put?.ConditionExpression).toMatch(/^attribute_not_exists\(PK\)/);
    expect(started()).toEqual([
      {
        stateMachineArn: STATE_MACHINE_ARN,
        name: `${body.id}-0`,
        input: JSON.stringify({ orgId, taskId: body.id, execution: 0, page: 0 }),
      },
    ]);
  });

  test('that meets another one at the same moment joins it', async () => {
    const running = task({ appId, endpointId, updatedAt: Date.now() });
    table.on(TransactWriteCommand).callsFake(() => {
      const room = written().at(-1)?.[1]?.Put?.Item as Key & { SK: string };
      stored(replayKey(ref, room.SK), { kind: 'replay', taskId: running.id });
      stored(backgroundTaskKey({ orgId, taskId: running.id }), running);
      throw cancelled('None', 'ConditionalCheckFailed');
    });
    await expect(recover()).resolves.toMatchObject({ statusCode: 202, body: { id: running.id } });
    expect(started()).toMatchObject([{ name: `${running.id}-0` }]);
  });

  test('whose run was started before is answered all the same', async () => {
    states.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'exists', $metadata: {} }));
    await expect(recover()).resolves.toMatchObject({ statusCode: 202 });
  });

  test('whose run cannot be started fails, so that its caller tries again and joins what is written', async () => {
    states.on(StartExecutionCommand).rejects(new Error('unreachable'));
    await expect(recover()).rejects.toThrow('unreachable');
  });

  test('may come from the application’s own portal, and not from another’s', async () => {
    await expect(recover({ as: [orgId, appId] })).resolves.toMatchObject({ statusCode: 202 });
    await expect(recover({ as: [orgId, idAt('app', Date.now())] })).resolves.toMatchObject({ statusCode: 404 });
    expect(started()).toHaveLength(1);
  });

  test('that is malformed is told where, and writes nothing', async () => {
    await expect(recover({ body: { since: 'x' } })).resolves.toMatchObject({
      statusCode: 422,
      body: { detail: [{ loc: ['body', 'since'] }] },
    });
    expect(written()).toEqual([]);
  });
});

describe('a background task', () => {
  const running = task({ appId, endpointId, updatedAt: Date.now() });
  beforeEach(() => stored(backgroundTaskKey({ orgId, taskId: running.id }), running));

  test('is shown by its id', async () => {
    const shown = await call(`/background-task/${running.id}`, { method: 'GET' });
    expect(shown).toMatchObject({
      statusCode: 200,
      body: { id: running.id, status: 'running', data: { progress: 0 } },
    });
  });

  test('is ended by one transaction, which leaves room for the next', async () => {
    const ended = await call(`/background-task/${running.id}/cancel`);
    expect(ended).toMatchObject({ statusCode: 200, body: { status: 'failed', data: { reason: 'canceled' } } });
    const [writes = []] = written();
    expect(writes[0]?.Update?.ConditionExpression).toBe('#status = :running AND #step = :seen');
    expect(writes[1]?.Delete?.Key).toEqual(replayKey(ref, running.request));
    expect(table.commandCalls(UpdateCommand)).toHaveLength(0);
  });

  test('is not found by its sample event without a token', async () => {
    const event: unknown = JSON.parse(readFileSync('services/replay/events/list-background-tasks.json', 'utf8'));
    const answer = await handler(event as APIGatewayProxyEventV2, {} as Context);
    expect(answer.statusCode).toBe(401);
  });
});

test('an application sees how far its import is and not the file, and cannot cancel it', async () => {
  const one = importTask({ appId, updatedAt: Date.now(), expiresAt: Date.now() / 1000 + 60 });
  stored(backgroundTaskKey({ orgId, taskId: one.id }), one);
  const as: Parameters<typeof bearer> = [orgId, appId];
  const seen = await call(`/background-task/${one.id}`, { as, method: 'GET' });
  expect(seen).toMatchObject({ statusCode: 200, body: { data: { lines: 40 } } });
  expect(JSON.stringify(seen)).not.toContain(one.file);
  await expect(call(`/background-task/${one.id}/cancel`, { as })).resolves.toMatchObject({ statusCode: 403 });
});
