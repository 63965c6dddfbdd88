import type { MessageRef } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { nameOfMessage } from './names.ts';
import type { Item, Table } from './table.ts';

/** What an endpoint asked for since a version of its application. */
export type EndpointState = {
  readonly version: number;
  readonly disabled: boolean;
  readonly deleted: boolean;
  readonly eventTypes: readonly string[] | undefined;
  readonly channels: readonly string[] | undefined;
};

export type KnownEndpoint = {
  readonly id: string;
  readonly orgId: string;
  readonly appId: string;
  readonly url: string;
  readonly key: Uint8Array;
  readonly temper: number;
  readonly history: EndpointState[];
  /** Whether its owner changed it, or its application. */
  isChanged: boolean;
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
  readonly startedAt: number;
  /** References of the messages that were answered with 202. */
  readonly accepted: MessageRef[];
};

/** A change that its owner was told of. */
export type Acknowledged = { readonly endpointId: string; readonly version: number; readonly at: number };

/**
 * What an onlooker who sees everything knows: what was promised to whom and what happened. Invariants are checked against
 * it, so none of it comes from the code that is checked.
 */
export type Ledger = {
  readonly endpoints: Map<string, KnownEndpoint>;
  readonly deletedApplications: Set<string>;
  readonly posts: Post[];
  /** Every message id that was minted, with the post it is for. */
  readonly minted: Map<string, Post>;
  readonly acknowledged: Acknowledged[];
  /** Answers with 2xx, 410, and any, by task label and by pair. */
  readonly delivered: Set<string>;
  readonly gone: Set<string>;
  /** How often a task was received again, or its publication was doubled. */
  readonly repeats: Counter;
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
  posts: [],
  minted: new Map(),
  acknowledged: [],
  delivered: new Set(),
  gone: new Set(),
  repeats: new Map(),
  scheduled: new Map(),
  requests: new Map(),
  violations: [],
});

/** `msg_1>ep_2`: one message for one endpoint. */
export const pairLabel = (messageId: string, endpointId: string): string => `${nameOfMessage(messageId)}>${endpointId}`;

/** `msg_1>ep_2#3`: one attempt of it. */
export const taskLabel = ({
  messageId,
  endpointId,
  attempt,
}: Pick<DeliveryTask, 'messageId' | 'endpointId' | 'attempt'>) => `${pairLabel(messageId, endpointId)}#${attempt}`;

/** Notes what an endpoint asks for from now on, whoever changed it. */
export const noteEndpoint = (item: Item, table: Table, { endpoints }: Ledger): void => {
  const known = endpoints.get(String(item.id));
  if (known === undefined) return;
  const { disabled, deletedAt, eventTypes, channels } = endpointRecord.parse(item);
  const before = known.history.at(-1);
  const state = { disabled, deleted: deletedAt !== undefined, eventTypes, channels };
  const isSame = before !== undefined && JSON.stringify({ ...before, ...state }) === JSON.stringify(before);
  // The version of the application is raised in the same step.
  if (!isSame) known.history.push({ version: table.versionOf(known) + 1, ...state });
};
