import type { ReceivedRequest } from '../receiver/receiver.ts';
import { type Delivery, deliveryOf } from './delivery.ts';
import type { Play } from './play.ts';

export type Verdict = {
  /** One list per message, in the order they were sent. */
  readonly deliveries: readonly (readonly Delivery[])[];
  /** Attempts whose request was received and whose signature verified. */
  readonly verified: number;
  readonly faults: readonly string[];
};

/** Judges a whole play: every delivery, and whatever came to the receiver that belongs to none. */
export const verdictOn = ({ endpoints, messages, attempts }: Play, requests: readonly ReceivedRequest[]): Verdict => {
  const deliveries = messages.map((message) =>
    endpoints.map((endpoint) => deliveryOf(message, endpoint, attempts.get(message.id) ?? [], requests)),
  );
  const all = deliveries.flat();
  const accounted = new Set(all.flatMap((delivery) => delivery.attempts.map(({ received }) => received)));
  const strangers = requests.filter((request) => !accounted.has(request));
  return {
    deliveries,
    verified: all.flatMap((delivery) => delivery.attempts).filter(({ signature }) => signature === 'verified').length,
    faults: [
      ...all.flatMap(({ endpoint, message, faults }) =>
        faults.map((fault) => `${message.eventType} to ${endpoint.name}: ${fault}`),
      ),
      ...strangers.map(({ method, path }) => `${method} ${path} belongs to no delivery`),
    ],
  };
};
