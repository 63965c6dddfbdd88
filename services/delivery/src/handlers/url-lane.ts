import { readConfig } from '@fanfare/core/config';
import type { Lane } from '@fanfare/events/delivery-task';
import * as z from 'zod/mini';
import { lane } from './lane.ts';
import { urlSender, urlVariables } from './url-sender.ts';

const config = readConfig(z.object(urlVariables), process.env);
const sender = urlSender(config);

/** The handler of a lane of requests to URLs. */
export const urlLane = (which: Lane): ReturnType<typeof lane> => lane(which, config, sender);
