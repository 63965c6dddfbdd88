import { name, readConfig } from '@fanfare/core/config';
import { parseAllowedDestinations } from '@fanfare/core/destinations/reachable';
import * as z from 'zod/mini';
import { lazyRoles, opener, sharedSettings } from '../adapters/aws/clients.ts';
import { destinationSender } from '../adapters/aws/destination-sender.ts';
import { attemptingVariables } from './attempting.ts';
import { lane } from './lane.ts';

const variables = { ...attemptingVariables, ALLOWED_DESTINATIONS: name, PARTITION: name, AWS_REGION: name };
const config = readConfig(z.object(variables), process.env);
const region = config.AWS_REGION;
const settings = sharedSettings();
const send = destinationSender({
  rules: {
    partition: config.PARTITION,
    stage: config.STAGE,
    allowed: parseAllowedDestinations(config.ALLOWED_DESTINATIONS),
  },
  region,
  settings,
  opener,
  assume: lazyRoles({ ...settings, region }),
  now: Date.now,
});

/** Works on the lane `aws`: destinations that are resources of AWS. */
export const handler = await lane('aws', config, { send });
