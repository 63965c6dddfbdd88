import { LANES, type Lane } from '@fanfare/events/delivery-task';

/** Names of the queues, which are their URLs here. */
export const LANE_URLS = {
  webhook: 'the lane',
  slow: 'the slow lane',
  aws: 'the lane of AWS',
} as const satisfies Record<Lane, string>;
export const PARK_URL = 'the queue of looks';
export type QueueUrl = (typeof LANE_URLS)[Lane] | typeof PARK_URL;

/** Where the topic puts a task whose attribute says this lane. Throws when no subscription takes it. */
export const urlOfLane = (name: string | undefined): QueueUrl => {
  const lane = LANES.find((one) => one === name);
  if (lane === undefined) throw new Error(`no queue takes tasks of the lane ${name}`);
  return LANE_URLS[lane];
};
