import { urlLane } from './url-lane.ts';

/** Works on the lane `slow`: requests to URLs that take long to answer, with a concurrency of its own. */
export const handler = await urlLane('slow');
