import { laneOfEndpoint } from '@fanfare/core/deliveries/lane-of-endpoint';
import type { Lane } from '@fanfare/events/delivery-task';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import * as z from 'zod/mini';

const subscriberFields = z.pick(endpointRecord, {
  id: true,
  url: true,
  disabled: true,
  eventTypes: true,
  channels: true,
  sinceVersion: true,
  selectionVersion: true,
  deletedAt: true,
  slowSince: true,
  orderedSince: true,
  orderedVersion: true,
});

/** What fan-out needs to know of an endpoint. Its secrets are not read, and of its URL only the lane is kept. */
export const subscriberOf = ({ url, slowSince, ...rest }: z.infer<typeof subscriberFields>): Subscriber => {
  const lane = laneOfEndpoint({ url, slowSince });
  return lane === undefined ? rest : { ...rest, lane };
};

export const subscriberRecord = z.pipe(subscriberFields, z.transform(subscriberOf));

export type Subscriber = Omit<z.infer<typeof subscriberFields>, 'url' | 'slowSince'> & {
  /** Absent for the lane `webhook`. As it was read, half a minute ago at the most: delivery moves a task once. */
  readonly lane?: Lane;
};
