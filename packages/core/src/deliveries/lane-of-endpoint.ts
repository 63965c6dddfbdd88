import type { Lane } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { isDestination } from '../destinations/destination.ts';

/** The lane of an endpoint's tasks; absent for `webhook`. As it stands now: delivery moves a task once. */
export const laneOfEndpoint = ({ url, slowSince }: Pick<EndpointRecord, 'url' | 'slowSince'>): Lane | undefined => {
  if (isDestination(url)) return 'aws';
  return slowSince === undefined ? undefined : 'slow';
};
