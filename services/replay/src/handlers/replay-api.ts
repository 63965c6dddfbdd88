import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { endpointFinder } from '@fanfare/core/aws/endpoint-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
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
export const handler = await httpApi({
  routes,
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
