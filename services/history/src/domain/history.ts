import type { FindApplication } from '@fanfare/core/find-application';
import type { ApplicationRef, EndpointRef, MessageRef } from '@fanfare/core/keys';
import type { Chunk, Span } from '@fanfare/core/span';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { Statistics } from '@fanfare/events/statistics-record';

export type Message = MessageRecord & { readonly id: string };
export type Attempt = AttemptRecord & { readonly messageId: string; readonly endpointId: string };

/** Hours in UTC, as `hourOf` writes them. */
export type Hours = { readonly from: string; readonly to: string };

/** What reading the history needs from the outside. What has expired may still be returned; the use cases leave it out. */
export type HistoryPorts = {
  readonly findApplication: FindApplication;
  /** By id or uid; also a deleted endpoint by its id, as long as its tombstone stands. */
  readonly findEndpoint: (application: ApplicationRef, idOrUid: string) => Promise<EndpointRecord | undefined>;
  /** By id or event id. */
  readonly findMessage: (application: ApplicationRef, idOrEventId: string) => Promise<Message | undefined>;
  readonly readMessages: (application: ApplicationRef, span: Span) => Promise<Chunk<Message>>;
  /** All attempts of a message, or those to one endpoint, in no particular order. */
  readonly attemptsOfMessage: (message: MessageRef, endpointId?: string) => Promise<readonly Attempt[]>;
  /** In the order of the attempts' ids. An attempt recorded a moment ago may not be listed yet. */
  readonly readAttemptsOfEndpoint: (endpoint: EndpointRef, span: Span) => Promise<Chunk<Attempt>>;
  /** Those that exist, deleted ones included, in no particular order. */
  readonly endpointsByIds: (application: ApplicationRef, ids: readonly string[]) => Promise<readonly EndpointRecord[]>;
  /** Those that exist, in no particular order. */
  readonly messagesByIds: (application: ApplicationRef, ids: readonly string[]) => Promise<readonly Message[]>;
  /** Of these attempts, those that another attempt of the same message to the same endpoint came after. */
  readonly superseded: (application: ApplicationRef, attempts: readonly Attempt[]) => Promise<ReadonlySet<Attempt>>;
  /** What was counted of an endpoint from one hour to another, both included. What happened a moment ago may be missing. */
  readonly statisticsOfEndpoint: (endpoint: EndpointRef, hours: Hours) => Promise<Statistics>;
  readonly now: () => number;
};
