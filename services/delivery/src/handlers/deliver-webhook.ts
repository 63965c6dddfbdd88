import { name, readConfig } from '@fanfare/core/config';
import * as z from 'zod/mini';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { isAllowed, parseSubnets } from '../domain/public-address.ts';
import { lane, laneVariables } from './lane.ts';

const config = readConfig(z.object({ ...laneVariables, ALLOWED_SUBNETS: name }), process.env);
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const sender = webhookSender({ isAllowed: (address) => isAllowed(address, subnets), now: Date.now });

/** Works on the lane `webhook`: requests to URLs. */
export const handler = await lane('webhook', config, sender);
