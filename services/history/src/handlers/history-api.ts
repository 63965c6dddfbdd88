import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import * as z from 'zod/mini';
import { attemptReader } from '../adapters/attempt-reader.ts';
import { endpointReader } from '../adapters/endpoint-reader.ts';
import { messageReader } from '../adapters/message-reader.ts';
import { statisticsReader } from '../adapters/statistics-reader.ts';
import { usageReader } from '../adapters/usage-reader.ts';
import { historyRoutes } from './history-routes.ts';
import { usageRoutes } from './usage-routes.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name, PAYLOADS_BUCKET: name }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };

const findApplication = applicationFinder(client, config.TABLE_NAME);

const history = historyRoutes({
  findApplication,
  ...messageReader(client, config.TABLE_NAME, waiting),
  ...attemptReader(client, config.TABLE_NAME, waiting),
  ...endpointReader(client, config.TABLE_NAME, waiting),
  ...statisticsReader(client, config.TABLE_NAME),
  readPayload: payloadBucket(config.PAYLOADS_BUCKET).read,
  now: Date.now,
});
const usage = usageRoutes({
  findApplication,
  ...usageReader(client, config.TABLE_NAME, waiting),
  now: Date.now,
  mintTaskId: (atMs) => mintId('qtask', atMs, randomBytes(RANDOM_BYTES)),
});
export const handler = await httpApi({
  routes: [...history, ...usage],
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
