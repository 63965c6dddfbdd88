import type { MessageRef } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { nameOfMessage, readable } from './names.ts';

/** What an endpoint asked for since a version of its application. */
export type EndpointState = {
  readonly version: number;
  readonly at: number;
  readonly disabled: boolean;
  readonly deleted: boolean;
  readonly ordered: boolean;
  readonly eventTypes: readonly string[] | undefined;
  readonly channels: readonly string[] | undefined;
};

export type KnownEndpoint = {
  readonly id: string;
  readonly orgId: string;
  readonly appId: string;
  /** That it was made with. */
  readonly url: string;
  /** That it has now. */
  standsAt: string;
  readonly key: Uint8Array;
  readonly temper: number;
  /** A second; absent for one that takes whatever comes. */
  readonly rate: number | undefined;
  /** Whether it is made as an ordered one. */
  readonly isMadeOrdered: boolean;
  readonly history: EndpointState[];
  /** Whether its owner changed it, or its application. */
  isChanged: boolean;
  /** When it last gave an answer that was no failure of its own, in milliseconds since 1970. */
  aliveAt: number;
  /** Failures of its own so far, at the URL that it has now, and when the first was, in milliseconds since 1970. */
  failures: number;
  failedFirstAt: number;
  /** Whether that URL has asked for a pause. */
  hasThrottled: boolean;
  /** When its park was last empty while something was written to it. */
  parkEmptyAt: number;
};

/** A message that somebody posts, and what he was told. */
export type Post = {
  readonly name: string;
  readonly orgId: string;
  readonly appId: string;
  readonly eventType: string;
  readonly channels: readonly string[] | undefined;
  readonly body: string;
  readonly idempotencyKey: string | undefined;
  readonly eventId: string | undefined;
  readonly deliverAt: number | undefined;
  readonly orderingKey: string | undefined;
  readonly startedAt: number;
  /** References of the messages that were answered with 202. */
  readonly accepted: MessageRef[];
};

/** A change that its owner was told of. */
export type Acknowledged = { readonly endpointId: string; readonly version: number; readonly at: number };

/** A request that an endpoint got for the first time of its attempt. */
export type FirstSend = { readonly label: string; readonly owners: readonly string[]; readonly at: number };

/**
 * What an onlooker who sees everything knows: what was promised to whom and what happened. Invariants are checked against
 * it, so none of it comes from the code that is checked.
 */
export type Ledger = {
  readonly endpoints: Map<string, KnownEndpoint>;
  readonly deletedApplications: Set<string>;
  /** Rates of applications, by organisation and id. */
  readonly applicationRates: Map<string, number>;
  readonly posts: Post[];
  /** Every message id that was minted, with the post it is for. */
  readonly minted: Map<string, Post>;
  readonly acknowledged: Acknowledged[];
  /** Answers with 2xx, 410, and any, by task label and by pair. */
  readonly delivered: Set<string>;
  readonly gone: Set<string>;
  /** When a message was first answered with 202, by its id; when a pair was tried first and last, and when it was over. */
  readonly acceptedAt: Map<string, number>;
  readonly triedAt: Map<string, number>;
  readonly triedLastAt: Map<string, number>;
  readonly endedAt: Map<string, number>;
  /** Attempts that were published, by task label. */
  readonly published: Set<string>;
  /** Messages of which the stream lost a record. */
  readonly lost: Set<string>;
  /** What the reconciler published. */
  readonly reconciled: Set<string>;
  /** Messages that somebody was told are called off, and those that he was told have begun. */
  readonly calledOff: Set<string>;
  readonly begun: Set<string>;
  /** Slots of rates that were reserved, by whose rate it is. */
  readonly slots: Map<string, number[]>;
  readonly firstSends: FirstSend[];
  /** Attempts that were sent, whether they arrived or not, by task label. */
  readonly tried: Set<string>;
  /** How often a task was received again, or its publication was doubled. */
  readonly repeats: Counter;
  /** What happened that a run should meet, by kind. */
  readonly events: Counter;
  /** When all had come to rest for the first time, in milliseconds since 1970. */
  restedAt: number;
  readonly scheduled: Counter;
  readonly requests: Counter;
  readonly violations: string[];
};

export type Counter = Map<string, number>;
export const increment = (counter: Counter, key: string, by = 1): void => {
  counter.set(key, (counter.get(key) ?? 0) + by);
};

export const emptyLedger = (): Ledger => ({
  endpoints: new Map(),
  deletedApplications: new Set(),
  applicationRates: new Map(),
  posts: [],
  minted: new Map(),
  acknowledged: [],
  delivered: new Set(),
  gone: new Set(),
  acceptedAt: new Map(),
  triedAt: new Map(),
  triedLastAt: new Map(),
  endedAt: new Map(),
  published: new Set(),
  lost: new Set(),
  reconciled: new Set(),
  calledOff: new Set(),
  begun: new Set(),
  slots: new Map(),
  firstSends: [],
  tried: new Set(),
  repeats: new Map(),
  events: new Map(),
  restedAt: Number.POSITIVE_INFINITY,
  scheduled: new Map(),
  requests: new Map(),
  violations: [],
});

/** Notes when something happened first. */
export const noteFirst = (times: Map<string, number>, key: string, at: number): void => {
  if (!times.has(key)) times.set(key, at);
};

/** `msg_1>ep_2`: one message for one endpoint. */
export const pairLabel = (messageId: string, endpointId: string): string =>
  `${nameOfMessage(messageId)}>${readable(endpointId)}`;

/** `msg_1>ep_2#3`: one attempt of it. */
export const taskLabel = ({
  messageId,
  endpointId,
  attempt,
}: Pick<DeliveryTask, 'messageId' | 'endpointId' | 'attempt'>) => `${pairLabel(messageId, endpointId)}#${attempt}`;
