import { urlLane } from './url-lane.ts';

/** Works on the lane `webhook`: requests to URLs. */
export const handler = await urlLane('webhook');
