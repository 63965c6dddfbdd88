import { KMSClient } from '@aws-sdk/client-kms';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dataKeys } from '@fanfare/core/aws/data-keys';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { isAllowed, parseSubnets } from '@fanfare/core/egress/allowed-address';
import { endpointKey } from '@fanfare/core/keys';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import * as z from 'zod/mini';
import { endpointReach } from '../adapters/endpoint-reach.ts';
import { endpointSecrets } from '../adapters/endpoint-secrets.ts';
import { LIMITS, webhookSender } from '../adapters/webhook-sender.ts';
import { type Examination, type ExaminePorts, examine } from '../domain/examination.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    ALLOWED_SUBNETS: name,
    HTTPS_ONLY: z.enum(['true', 'false']),
    SVIX_HEADERS: z.enum(['true', 'false']),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const now = Date.now;
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const isAllowedAddress = (address: string): boolean => isAllowed(address, subnets);
const requiresHttps = config.HTTPS_ONLY === 'true';
/** Together with the send below they stay under the 29 seconds that a caller may wait. */
const REACH_MS = 4_000;
const SEND_MS = 12_000;

const sender = webhookSender({
  isAllowed: isAllowedAddress,
  requiresHttps,
  limits: { ...LIMITS, totalMs: SEND_MS },
  hasSvixHeaders: config.SVIX_HEADERS === 'true',
  now,
  // A connection that waits for more would outlive the answer.
  maxIdle: 0,
});
const ports: ExaminePorts = {
  ...endpointReach({ isAllowed: isAllowedAddress, requiresHttps, limitMs: REACH_MS }),
  ...endpointSecrets(dataKeys({ client, kms: traced(new KMSClient({})), tableName: config.TABLE_NAME, now })),
  send: sender.send,
  findEndpoint: async (ref) => {
    const Key = endpointKey(ref);
    const { Item } = await client.send(new GetCommand({ TableName: config.TABLE_NAME, Key, ConsistentRead: true }));
    return Item === undefined ? undefined : endpointRecord.parse(Item);
  },
  now,
};

const stepInput = z.object({ step: z.enum(['resolve', 'connect', 'send']), examination: z.unknown() });

/** Called by the state machine: takes one step of an examination and answers what is known after it. */
export const handler = async (event: unknown): Promise<Examination> => {
  const { step, examination } = stepInput.parse(event);
  try {
    const examined = await examine(examination as Examination, step, ports);
    const { orgId, endpointId, ok } = examined;
    logger.debug('examination.step-taken', { org_id: orgId, endpoint_id: endpointId, step, ok });
    return examined;
  } finally {
    sender.trim();
    publish(metrics, takeUnits());
  }
};
