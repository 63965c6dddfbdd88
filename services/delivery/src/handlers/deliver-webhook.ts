import { name, readConfig } from '@fanfare/core/config';
import { isAllowed, parseSubnets } from '@fanfare/core/egress/allowed-address';
import * as z from 'zod/mini';
import { LIMITS, webhookSender } from '../adapters/webhook-sender.ts';
import { lane, laneVariables } from './lane.ts';

const config = readConfig(
  z.object({
    ...laneVariables,
    ALLOWED_SUBNETS: name,
    HTTPS_ONLY: z.enum(['true', 'false']),
    SEND_TIMEOUT_SECONDS: z.coerce.number().check(z.int(), z.minimum(1), z.maximum(30)),
    SVIX_HEADERS: z.enum(['true', 'false']),
  }),
  process.env,
);
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const sender = webhookSender({
  isAllowed: (address) => isAllowed(address, subnets),
  requiresHttps: config.HTTPS_ONLY === 'true',
  limits: { ...LIMITS, totalMs: config.SEND_TIMEOUT_SECONDS * 1000 },
  hasSvixHeaders: config.SVIX_HEADERS === 'true',
  now: Date.now,
});

/** Works on the lane `webhook`: requests to URLs. */
export const handler = await lane('webhook', config, sender);
