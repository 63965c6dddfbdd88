import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { ownedDataKeys } from '@fanfare/core/aws/data-keys';
import { httpApi } from '@fanfare/core/aws/http-api';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { parseAllowedDestinations } from '@fanfare/core/destinations/reachable';
import { isAllowed, parseSubnets } from '@fanfare/core/egress/allowed-address';
import { hostCheck } from '@fanfare/core/egress/checked-addresses';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import { keyPairOf, SEED_BYTES } from '@fanfare/core/webhooks/key-pair';
import { GENERATED_SECRET_BYTES } from '@fanfare/core/webhooks/secret';
import * as z from 'zod/mini';
import { findAnswer } from '../adapters/answer-table.ts';
import { applicationTable } from '../adapters/application-table.ts';
import { endpointTable } from '../adapters/endpoint-table.ts';
import { patientCheck } from '../adapters/patient-check.ts';
import { secretBox } from '../adapters/secret-box.ts';
import type { ApplicationPorts } from '../domain/applications.ts';
import type { EndpointPorts } from '../domain/change-endpoint.ts';
import { applicationRoutes } from './application-routes.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import { healthRoutes } from './health-routes.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    SIGNING_KEYS_NAME: name,
    SECRETS_KEY_ARN: name,
    ALLOWED_SUBNETS: name,
    HTTPS_ONLY: z.enum(['true', 'false']),
    PARTITION: name,
    ALLOWED_DESTINATIONS: name,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const now = Date.now;
/** Names of living endpoints resolve in far less. */
const RESOLUTION_MS = 2_000;
const random = () => new Uint8Array(randomBytes(RANDOM_BYTES));

const dataKeys = ownedDataKeys({
  client,
  kms: traced(new KMSClient({})),
  keyArn: config.SECRETS_KEY_ARN,
  tableName: config.TABLE_NAME,
  now,
});

const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const checkHost = hostCheck((address) => isAllowed(address, subnets));

const ports: ApplicationPorts & EndpointPorts = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...applicationTable(client, config.TABLE_NAME, now),
  ...endpointTable(client, config.TABLE_NAME, now),
  ...secretBox(dataKeys),
  urlRules: { requiresHttps: config.HTTPS_ONLY === 'true', checkHost: patientCheck(checkHost, RESOLUTION_MS) },
  destinations: {
    partition: config.PARTITION,
    stage: config.STAGE,
    allowed: parseAllowedDestinations(config.ALLOWED_DESTINATIONS),
  },
  findAnswer: findAnswer(client, config.TABLE_NAME, now),
  mintApplicationId: (atMs) => mintId('app', atMs, random()),
  mintEndpointId: (atMs) => mintId('ep', atMs, random()),
  makeSecret: (type) =>
    type === 'ed25519'
      ? { type, bytes: keyPairOf(new Uint8Array(randomBytes(SEED_BYTES))) }
      : { bytes: new Uint8Array(randomBytes(GENERATED_SECRET_BYTES)) },
  now,
  sleep: async (ms) => sleep(ms),
  random: Math.random,
};

export const handler = await httpApi({
  routes: [...healthRoutes, ...applicationRoutes(ports), ...endpointRoutes(ports)],
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
