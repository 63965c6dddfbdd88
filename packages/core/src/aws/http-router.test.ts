import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { json } from '../http/answer.ts';
import { forAnybody, forOrganisation, forPortal, type PrincipalCall, type Route } from '../http/route.ts';
import { err, ok } from '../result.ts';
import { type Authenticate, httpRouter } from './http-router.ts';

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const asOrganisation: Authenticate = async () => ok({ kind: 'organisation', orgId });
const asPortal: Authenticate = async () => ok({ kind: 'application', orgId, appId });
const asNobody: Authenticate = async () => err('invalid');

const routes: Route[] = [
  forAnybody('GET /health', async () => ok(json(200, { status: 'ok' }))),
  forOrganisation('GET /app', async ({ principal, query }) => ok(json(200, { principal, query }))),
  forPortal('GET /app/:app_id', async ({ parameters, path, body }) => ok(json(200, { ...parameters, path, body }))),
  forPortal('PUT /app/:app_id', async () => err({ kind: 'conflict', detail: 'The uid is taken.' })),
  forPortal('GET /broken', async (_call: PrincipalCall) => {
    throw new Error('the table cannot be reached');
  }),
];

const ask = (
  method: string,
  rawPath: string,
  more: Partial<APIGatewayProxyEventV2> = {},
  authenticate = asOrganisation,
) =>
  httpRouter(routes, authenticate)(
    {
      version: '2.0',
      routeKey: '$default',
      rawPath,
      rawQueryString: '',
      headers: { host: 'api.example.com' },
      requestContext: { http: { method } } as APIGatewayProxyEventV2['requestContext'],
      isBase64Encoded: false,
      ...more,
    },
    {} as Context,
  );

const bodyOf = async (asked: ReturnType<typeof ask>) => JSON.parse((await asked).answer.body);

test("a path that does not exist is answered in the API's error shape", async () => {
  const { answer, route, refusal } = await ask('GET', '/nowhere');
  expect(answer).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(answer.body)).toEqual({ code: 'not_found', detail: 'There is no such path.' });
  expect({ route, refusal }).toEqual({ route: 'none', refusal: 'not-found' });
});

test.each(['DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND'])(
  '%s on a path that knows other methods is answered with those methods',
  async (method) => {
    const { answer } = await ask(method, `/app/${appId}`);
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET, PUT' } });
    expect(JSON.parse(answer.body)).toEqual({ code: 'method_not_allowed', detail: 'Use GET or PUT.' });
  },
);

test('slashes at the end of a path do not count', async () => {
  await expect(bodyOf(ask('GET', `/app/${appId}//`))).resolves.toMatchObject({ app_id: appId, path: `/app/${appId}` });
});

test('an unknown path that ends in a slash is told to leave it out', async () => {
  const { detail } = await bodyOf(ask('POST', `/app/${appId}/msg/`));
  expect(detail).toBe('There is no such path. Leave out the slash at its end.');
});

test.each([
  ['a broken escape', '/app/%zz'],
  ['an empty part', '/app/%20'],
])("%s in a path is no path, and nobody's fault", async (_title, path) => {
  await expect(ask('GET', path)).resolves.toMatchObject({ answer: { statusCode: 404 }, route: 'none' });
});

test.each(['a?b', 'a#b'])('%s in a path stays part of the path', async (part) => {
  await expect(bodyOf(ask('GET', `/app/${part}`))).resolves.toMatchObject({ app_id: part });
});

test('a path that holds an escaped letter is the path with the letter', async () => {
  await expect(bodyOf(ask('GET', '/app/customer%2D7'))).resolves.toMatchObject({ app_id: 'customer-7' });
});

test('a GET that carries a body is answered', async () => {
  const more = { body: Buffer.from('{}').toString('base64'), isBase64Encoded: true };
  await expect(bodyOf(ask('GET', `/app/${appId}`, more))).resolves.toMatchObject({ body: '{}' });
});

test('a route for anybody asks for no token', async () => {
  await expect(ask('GET', '/health', {}, asNobody)).resolves.toMatchObject({ answer: { statusCode: 200 } });
});

test('a token that is not accepted is 401, whatever the route', async () => {
  for (const path of ['/app', `/app/${appId}`]) {
    await expect(ask('GET', path, {}, asNobody)).resolves.toMatchObject({ answer: { statusCode: 401 } });
  }
});

test("a portal's token is 403 where only the organisation may call", async () => {
  const { answer, principal } = await ask('GET', '/app', {}, asPortal);
  expect(answer.statusCode).toBe(403);
  expect(JSON.parse(answer.body).code).toBe('insufficient access');
  expect(principal).toEqual({ kind: 'application', orgId, appId });
});

test('a route learns who calls and what is asked', async () => {
  await expect(bodyOf(ask('GET', '/app', { queryStringParameters: { limit: '2' } }))).resolves.toEqual({
    principal: { kind: 'organisation', orgId },
    query: { limit: '2' },
  });
});

test('a refusal becomes its answer and is named for the log', async () => {
  await expect(ask('PUT', `/app/${appId}`)).resolves.toMatchObject({
    answer: { statusCode: 409 },
    route: 'PUT /app/:app_id',
    refusal: 'conflict',
  });
});

test('a fault fails the invocation instead of becoming an answer', async () => {
  await expect(ask('GET', '/broken')).rejects.toThrow('the table cannot be reached');
});

test('two routes of one shape fail the start', () => {
  const route = forAnybody('GET /app/:app_id', async () => ok(json(200, {})));
  expect(() => httpRouter([route, route], asNobody)).toThrow('already exists');
});
