import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import { verifyToken } from '@fanfare/core/auth/token';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { endpointFinder } from '@fanfare/core/aws/endpoint-finder';
import { httpRouter } from '@fanfare/core/aws/http-router';
import { signingKeys } from '@fanfare/core/aws/signing-keys';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import type { Answer } from '@fanfare/core/http/answer';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { reportCall } from '@fanfare/core/telemetry/report-call';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { backgroundTaskTable } from '../adapters/background-task-table.ts';
import { replayRuns } from '../adapters/replay-runs.ts';
import { replayRoutes } from './replay-routes.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name, STATE_MACHINE_ARN: name }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const keys = signingKeys(config.SIGNING_KEYS_NAME);
const now = Date.now;

const routes = replayRoutes({
  findApplication: applicationFinder(client, config.TABLE_NAME),
  findEndpoint: endpointFinder(client, config.TABLE_NAME),
  ...backgroundTaskTable(client, config.TABLE_NAME, now),
  startRun: replayRuns(traced(new SFNClient({})), config.STATE_MACHINE_ARN),
  mintTaskId: (atMs) => mintId('qtask', atMs, new Uint8Array(randomBytes(RANDOM_BYTES))),
  now,
  sleep: async (ms) => sleep(ms),
  random: Math.random,
});
const answer = httpRouter(routes, async (header) => verifyToken(header, await keys(), now()));

// Read in the init phase, which is not billed by the caller's patience. A failure is not final: each call reads again.
await keys().catch((error: unknown) => logger.error('signing-keys.unreadable', { error: error as Error }));

export const handler = async (request: APIGatewayProxyEventV2, context: Context): Promise<Answer> => {
  logger.refreshSampleRateCalculation();
  try {
    const handled = await answer(request, context);
    reportCall({ logger, metrics }, handled, request);
    return handled.answer;
  } finally {
    publish(metrics, takeUnits());
  }
};
