import { name } from '@fanfare/core/config';
import { isAllowed, parseSubnets } from '@fanfare/core/egress/allowed-address';
import * as z from 'zod/mini';
import { LIMITS, webhookSender } from '../adapters/webhook-sender.ts';
import { attemptingVariables } from './attempting.ts';

/** The environment of every function that sends requests to URLs. */
export const urlVariables = {
  ...attemptingVariables,
  ALLOWED_SUBNETS: name,
  HTTPS_ONLY: z.enum(['true', 'false']),
  SEND_TIMEOUT_SECONDS: z.coerce.number().check(z.int(), z.minimum(1), z.maximum(30)),
  SVIX_HEADERS: z.enum(['true', 'false']),
};
const urlConfig = z.object(urlVariables);

/** Sends requests to URLs as a stage's settings want it. */
export const urlSender = (config: z.infer<typeof urlConfig>): ReturnType<typeof webhookSender> => {
  const subnets = parseSubnets(config.ALLOWED_SUBNETS);
  return webhookSender({
    isAllowed: (address) => isAllowed(address, subnets),
    requiresHttps: config.HTTPS_ONLY === 'true',
    limits: { ...LIMITS, totalMs: config.SEND_TIMEOUT_SECONDS * 1000 },
    hasSvixHeaders: config.SVIX_HEADERS === 'true',
    now: Date.now,
  });
};
