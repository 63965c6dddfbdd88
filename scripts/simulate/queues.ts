import { LANES, type Lane } from '@fanfare/events/delivery-task';

/** Names of the queues, which are their URLs here. */
export const LANE_URLS = {
  webhook: 'the lane',
  slow: 'the slow lane',
  aws: 'the lane of AWS',
} as const satisfies Record<Lane, string>;
export const PARK_URL = 'the queue of looks';
export const LOGS_URL = 'the queue of logs';
export type QueueUrl = (typeof LANE_URLS)[Lane] | typeof PARK_URL | typeof LOGS_URL;

/** Names of the topics, which are their ARNs. */
export const TASKS_ARN = 'the topic';
export const LOGS_ARN = 'the topic of logs';

/** Where the topic puts a task whose attribute says this lane. Throws when no subscription takes it. */
export const urlOfLane = (name: string | undefined): QueueUrl => {
  const lane = LANES.find((one) => one === name);
  if (lane === undefined) throw new Error(`no queue takes tasks of the lane ${name}`);
  return LANE_URLS[lane];
};
