import { name, readConfig } from '@fanfare/core/config';
import * as z from 'zod/mini';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { isAllowed, parseSubnets } from '../domain/public-address.ts';
import { lane, laneVariables } from './lane.ts';

const config = readConfig(z.object({ ...laneVariables, ALLOWED_SUBNETS: name }), process.env);
const subnets = parseSubnets(config.ALLOWED_SUBNETS);
const sender = webhookSender({ isAllowed: (address) => isAllowed(address, subnets), now: Date.now });

/** Works on the lane `slow`: requests to URLs that take long to answer, with a concurrency of its own. */
export const handler = await lane('slow', config, sender);
