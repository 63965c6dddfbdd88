import { Router } from '@aws-lambda-powertools/event-handler/http';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Principal, TokenProblem } from '../auth/token.ts';
import { type Answer, type Refusal, refuse } from '../http/answer.ts';
import { bodyText } from '../http/body.ts';
import type { Call, Method, Route } from '../http/route.ts';
import { TOKEN_PROBLEM } from '../http/token-problem.ts';
import type { Result } from '../result.ts';

/** How a call ended: what is answered, and what its log line says. */
export type Handled = {
  readonly answer: Answer;
  /** The route's shape (`GET /api/v1/app/:app_id`); `none` for a path that does not exist. */
  readonly route: string;
  readonly principal?: Principal;
  readonly refusal?: Refusal['kind'];
};

export type Authenticate = (authorization: string | undefined) => Promise<Result<Principal, TokenProblem>>;

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

type Choice =
  | { readonly kind: 'route'; readonly route: Route; readonly parameters: Record<string, string> }
  | { readonly kind: 'method-not-allowed'; readonly path: string; readonly allowed: readonly Method[] };

/**
 * Answers calls of the HTTP API by a list of routes. Powertools' router chooses; the route runs outside of it, because
 * it turns whatever is thrown inside into an answer of its own with status 500: Lambda would count a success, and no
 * alarm would hear of a table that cannot be reached. Here a fault fails the invocation, and API Gateway answers 500.
 *
 * Each call is authenticated once, before its route runs. Slashes at a path's end do not count.
 */
export const httpRouter = (routes: readonly Route[], authenticate: Authenticate) => {
  const choices = new WeakMap<object, Choice>();
  const router = routerOf(routes, choices);

  const choose = async (request: APIGatewayProxyEventV2, context: Context): Promise<Choice | undefined> => {
    const method = request.requestContext.http.method.toUpperCase();
    const bare = bareEvent(METHODS.includes(method as Method) ? method : OTHER_METHOD, request.rawPath);
    await router.resolve(bare, context);
    return choices.get(bare);
  };

  return async (request: APIGatewayProxyEventV2, context: Context): Promise<Handled> => {
    const choice = await choose(request, context);
    if (choice === undefined) return refused('none', { kind: 'not-found', detail: notFoundDetail(request.rawPath) });
    if (choice.kind === 'method-not-allowed') return refused(choice.path, choice);
    const { route, parameters } = choice;
    const shape = `${route.method} ${route.path}`;
    const body = bodyText(request);
    if (!body.ok) return refused(shape, body.error);
    const call = callOf(request, parameters, body.value);
    if (route.access === 'anybody') return handled(shape, await route.answer(call));

    const token = await authenticate(request.headers.authorization);
    if (!token.ok) return refused(shape, { kind: 'unauthenticated', detail: TOKEN_PROBLEM[token.error] });
    const principal = token.value;
    if (route.access === 'portal') return handled(shape, await route.answer({ ...call, principal }), principal);
    if (principal.kind !== 'organisation') return refused(shape, { kind: 'forbidden' }, principal);
    return handled(shape, await route.answer({ ...call, principal }), principal);
  };
};

/** Stands for every method that no route can have: the router would throw at those that `Request` forbids. */
const OTHER_METHOD = 'OPTIONS';

const SILENT = { debug: () => {}, info: () => {}, error: () => {} };

const routerOf = (routes: readonly Route[], choices: WeakMap<object, Choice>): Router => {
  const router = new Router({ logger: { ...SILENT, warn: rejectRoute } });
  for (const route of routes) {
    router.route(({ event, params }) => choose(choices, event, { kind: 'route', route, parameters: { ...params } }), {
      method: route.method,
      path: route.path,
    });
  }
  for (const [path, allowed] of methodsByPath(routes)) {
    const others = [...METHODS, OTHER_METHOD].filter((method) => !allowed.includes(method as Method));
    router.route(({ event }) => choose(choices, event, { kind: 'method-not-allowed', path, allowed }), {
      method: others as Method[],
      path,
    });
  }
  return router;
};

/** The router's answer is thrown away; that a choice was made is what counts. */
const choose = (choices: WeakMap<object, Choice>, event: object, choice: Choice) => {
  choices.set(event, choice);
  return { statusCode: 200, body: '' };
};

/** The router warns of a route that it will not serve, or that replaces another. A service must not start like that. */
const rejectRoute = (...problem: unknown[]): never => {
  throw new Error(`routes: ${problem.join(' ')}`);
};

const methodsByPath = (routes: readonly Route[]): Map<Route['path'], Method[]> => {
  const methods = new Map<Route['path'], Method[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
};

/** What choosing takes and no more: the router copies headers, and throws for a GET with a body or a strange host. */
const bareEvent = (method: string, rawPath: string) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: rawPath.replace(/[?#]/g, encodeURIComponent),
  rawQueryString: '',
  headers: {},
  requestContext: { domainName: 'api.invalid', http: { method } },
  isBase64Encoded: false,
});

const callOf = (request: APIGatewayProxyEventV2, parameters: Record<string, string>, body: string): Call => ({
  method: request.requestContext.http.method.toUpperCase(),
  path: request.rawPath.replace(/(?<!\/)\/+$/, ''),
  parameters,
  query: request.queryStringParameters ?? {},
  rawQuery: request.rawQueryString,
  headers: request.headers,
  body,
});

const notFoundDetail = (rawPath: string): string =>
  rawPath.length > 1 && rawPath.endsWith('/')
    ? 'There is no such path. Leave out the slash at its end.'
    : 'There is no such path.';

const handled = (route: string, result: Result<Answer, Refusal>, principal?: Principal): Handled =>
  result.ok
    ? { answer: result.value, route, ...(principal && { principal }) }
    : refused(route, result.error, principal);

const refused = (route: string, why: Refusal, principal?: Principal): Handled => ({
  answer: refuse(why),
  route,
  refusal: why.kind,
  ...(principal && { principal }),
});
