import { ENDPOINTS, isWanted, type PlannedEndpoint, type PlannedEvent } from './population.ts';

/** One request that an endpoint got. */
export type Arrival = {
  /** The endpoint's name, or a path that is nobody's. */
  readonly to: string;
  readonly messageId: string;
  /** Of the event that its body names. */
  readonly number: number | undefined;
  readonly isIdentical: boolean;
  readonly isVerified: boolean;
  /** Answered 200 to the last byte; known a little later. */
  isTaken: boolean;
};

/** How the API tells that a delivery ended. */
export type Told = {
  readonly status: 'success' | 'fail' | 'sending' | 'pending';
  /** Recorded attempts; known of failures only. */
  readonly attempts?: number;
};

export type Entries = {
  readonly planned: readonly PlannedEvent[];
  /** Message ids of the events that were answered with 202. */
  readonly accepted: ReadonlyMap<number, string>;
  readonly arrivals: readonly Arrival[];
  /** By `deliveryName`. */
  readonly told: ReadonlyMap<string, Told>;
  /** Attempts until a message is given up. */
  readonly attemptsAtMost: number;
};

export type Verdict = {
  readonly accepted: number;
  readonly deliveries: number;
  readonly succeeded: number;
  readonly givenUp: number;
  readonly requests: number;
  /** Requests that an endpoint had taken already. */
  readonly duplicates: number;
  /** Each broken promise as a sentence. */
  readonly broken: readonly string[];
};

export const deliveryName = (endpoint: string, messageId: string): string => `${messageId} to ${endpoint}`;

type Delivery = { readonly event: PlannedEvent; readonly endpoint: PlannedEndpoint; readonly messageId: string };

/** What each accepted event had to become, by the plan alone. */
export const deliveriesOf = ({ planned, accepted }: Pick<Entries, 'planned' | 'accepted'>): readonly Delivery[] =>
  planned.flatMap((event) => {
    const messageId = accepted.get(event.number);
    if (messageId === undefined) return [];
    return ENDPOINTS.filter((endpoint) => isWanted(endpoint, event)).map((endpoint) => ({
      event,
      endpoint,
      messageId,
    }));
  });

/** Holds what was received and what is told against what was accepted. */
export const verdictOn = (entries: Entries): Verdict => {
  const { planned, accepted, arrivals, told } = entries;
  const deliveries = deliveriesOf(entries);
  const taken = new Map<string, number>();
  for (const { to, messageId, isTaken } of arrivals) {
    const name = deliveryName(to, messageId);
    if (isTaken) taken.set(name, (taken.get(name) ?? 0) + 1);
  }
  const wanted = new Set(deliveries.map(({ endpoint, messageId }) => deliveryName(endpoint.name, messageId)));
  const statuses = [...wanted].map((name) => told.get(name)?.status);
  return {
    accepted: accepted.size,
    deliveries: deliveries.length,
    succeeded: statuses.filter((status) => status === 'success').length,
    givenUp: statuses.filter((status) => status === 'fail').length,
    requests: arrivals.length,
    duplicates: [...taken.values()].reduce((sum, count) => sum + count - 1, 0),
    broken: [
      ...planned
        .filter(({ number }) => !accepted.has(number))
        .map(({ number }) => `event ${number} was never accepted`),
      ...arrivals.flatMap((arrival) => brokenArrival(arrival, entries, wanted)),
      ...[...wanted].flatMap((name) => brokenDelivery(name, told.get(name), taken.has(name), entries.attemptsAtMost)),
      ...[...told.keys()].filter((name) => !wanted.has(name)).map((name) => `${name}: attempted, and not asked for`),
    ],
  };
};

const brokenArrival = (arrival: Arrival, { accepted }: Entries, wanted: ReadonlySet<string>): string[] => {
  const { to, messageId, number, isIdentical, isVerified } = arrival;
  const name = deliveryName(to, messageId);
  if (number === undefined) return [`${name}: a body that nobody posted`];
  return [
    // The id of the 202 is that of each of its attempts, whichever of the producer's tries made it.
    ...(accepted.get(number) === messageId ? [] : [`${name}: event ${number} is ${accepted.get(number) ?? 'unknown'}`]),
    ...(wanted.has(name) ? [] : [`${name}: received, and not asked for`]),
    ...(isIdentical ? [] : [`${name}: other bytes than were posted`]),
    ...(isVerified ? [] : [`${name}: a signature that does not verify`]),
  ];
};

const brokenDelivery = (name: string, told: Told | undefined, isTaken: boolean, attemptsAtMost: number): string[] => {
  if (told === undefined) return [`${name}: lost, no attempt is recorded`];
  switch (told.status) {
    case 'success':
      return isTaken ? [] : [`${name}: recorded as delivered, and not taken`];
    case 'fail':
      return told.attempts === attemptsAtMost
        ? []
        : [`${name}: given up after attempt ${told.attempts} of ${attemptsAtMost}`];
    default:
      return [`${name}: lost, the next attempt never came`];
  }
};
