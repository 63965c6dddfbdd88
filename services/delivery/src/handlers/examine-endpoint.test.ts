import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { endpoint, REF } from '../domain/task.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  ALLOWED_SUBNETS: '127.0.0.0/8',
  HTTPS_ONLY: 'false',
  SVIX_HEADERS: 'false',
  POWERTOOLS_SERVICE_NAME: 'delivery',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: unknown[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text: unknown) => void lines.push(text));
}
const table = mockClient(DynamoDBDocumentClient);
const { handler } = await import('./examine-endpoint.ts');

const { orgId, appId, endpointId, messageId } = REF;
const examination = { orgId, appId, endpointId, messageId, body: '{"secret":1}', ok: true, steps: [] };
const at = (url: string): void => {
  table.on(GetCommand).resolves({ Item: endpoint({ url }) });
};

test.each([
  ['http://127.0.0.1:1/in', 'resolve', true],
  ['http://127.0.0.1:1/in', 'connect', false],
  ['http://10.0.0.1/in', 'resolve', false],
])('a step looks at the endpoint as it is now: %s, %s', async (url, step, ok) => {
  at(url);
  const examined = await handler({ step, examination });
  expect(examined).toMatchObject({ ...examination, ok, steps: [{ step, ok, milliseconds: expect.any(Number) }] });
});

test('neither URL nor body is logged', async () => {
  at('http://127.0.0.1:1/in');
  await handler({ step: 'resolve', examination });
  expect(lines.join('\n')).toContain('examination.step-taken');
  expect(lines.join('\n')).not.toMatch(/127\.0\.0\.1|secret/);
});

test('a table that cannot be read fails the step', async () => {
  table.on(GetCommand).rejects(new Error('unreachable'));
  await expect(handler({ step: 'send', examination })).rejects.toThrow('unreachable');
});

test('a step that is none fails', async () => {
  await expect(handler({ step: 'guess', examination })).rejects.toThrow();
});
