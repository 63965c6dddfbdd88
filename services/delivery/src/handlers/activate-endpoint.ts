import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { isAllowed, parseSubnets } from '@fanfare/core/egress/allowed-address';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import * as z from 'zod/mini';
import { activationTable } from '../adapters/activation-table.ts';
import { endpointReach } from '../adapters/endpoint-reach.ts';
import { type Activated, activate } from '../domain/activate.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    ALLOWED_SUBNETS: name,
    HTTPS_ONLY: z.enum(['true', 'false']),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
/** For the name and for the connection, as the sender has for both together. */
const REACH_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const ports = {
  ...activationTable(client, config.TABLE_NAME),
  ...endpointReach({
    isAllowed: (address) => isAllowed(address, subnets),
    requiresHttps: config.HTTPS_ONLY === 'true',
    limitMs: REACH_MS,
  }),
  now: Date.now,
};

/** As much of the event as is needed: which endpoint, and when. */
const announcement = z.object({
  detail: z.object({
    id: z.string(),
    timestamp: z.iso.datetime(),
    orgId: z.string(),
    data: z.object({ appId: z.string(), endpointId: z.string() }),
  }),
});

/** Called by the bus, which waits for nothing: examines an endpoint whose URL is new. Throws for a fault of ours alone. */
export const handler = async (event: unknown): Promise<void> => {
  const { id, timestamp, orgId, data } = announcement.parse(event).detail;
  const ids = { org_id: orgId, app_id: data.appId, endpoint_id: data.endpointId, correlation_id: id };
  try {
    const activated = await activate({ orgId, ...data }, Date.parse(timestamp), ports);
    if (activated.kind === 'found') reportFound(activated, ids);
    else logger.debug('endpoint.activation-dropped', { ...ids, reason: activated.kind });
  } finally {
    publish(metrics, takeUnits());
  }
};

const reportFound = (
  { found, expiresSoon }: Extract<Activated, { kind: 'found' }>,
  ids: Readonly<Record<string, string>>,
): void => {
  const { outcome, detail, certificate, examinedAt } = found;
  const isUnreachable = outcome === 'unreachable';
  count(metrics, METRIC.endpointExamined);
  count(metrics, METRIC.endpointUnreachable, isUnreachable ? 1 : 0);
  count(metrics, METRIC.certificateExpiring, expiresSoon ? 1 : 0);
  const days = certificate === undefined ? undefined : Math.floor((certificate.expiresAt - examinedAt) / DAY_MS);
  logger[isUnreachable || expiresSoon ? 'warn' : 'info']('endpoint.activated', {
    ...ids,
    outcome,
    detail,
    ...(days === undefined ? {} : { certificate_days_left: days }),
  });
};
