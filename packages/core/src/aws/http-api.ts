import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { verifyToken } from '../auth/token.ts';
import type { Answer } from '../http/answer.ts';
import type { Route } from '../http/route.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type Metrics, publish } from '../telemetry/metrics.ts';
import { reportCall } from '../telemetry/report-call.ts';
import type { ConsumedUnits } from './consumed-units.ts';
import { httpRouter } from './http-router.ts';
import { signingKeys } from './signing-keys.ts';

type Config = {
  readonly routes: readonly Route[];
  /** Of the parameter that holds the API's signing keys. */
  readonly signingKeysName: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What the table has charged since it was asked last. */
  readonly takeUnits: () => ConsumedUnits;
};

/**
 * The handler of a function that answers calls of the HTTP API: each is authenticated, answered by its route, counted and
 * logged in one line. Await it in the init phase: it reads the signing keys, so that no caller waits for that. It resolves
 * without them too; then each call reads again. What a route throws fails the invocation.
 */
export const httpApi = async ({ routes, signingKeysName, logger, metrics, takeUnits }: Config) => {
  const keys = signingKeys(signingKeysName);
  const answer = httpRouter(routes, async (authorization) => verifyToken(authorization, await keys(), Date.now()));
  await keys().catch((error: unknown) => logger.error('signing-keys.unreadable', { error: error as Error }));

  return async (request: APIGatewayProxyEventV2, context: Context): Promise<Answer> => {
    logger.refreshSampleRateCalculation();
    try {
      const handled = await answer(request, context);
      reportCall({ logger, metrics }, handled, request);
      return handled.answer;
    } finally {
      publish(metrics, takeUnits());
    }
  };
};
