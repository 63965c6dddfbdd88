import type { LostRace } from '@fanfare/core/contended';
import type { PageRequest } from '@fanfare/core/http/page';
import type { ApplicationRef } from '@fanfare/core/keys';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { KeptAnswer } from './idempotency.ts';

/** An endpoint before and after, decided on while the application had the version `seen`. */
export type EndpointChange = {
  readonly seen: number;
  readonly before?: EndpointRecord;
  readonly after: EndpointRecord;
};

/** What the use cases of endpoints need from the table. Reads see every write that was answered before. */
export type EndpointStore = {
  /** `undefined` for what is not there or deleted, and for what can be neither an id nor a uid. */
  readonly getEndpoint: (ref: ApplicationRef, idOrUid: string) => Promise<EndpointRecord | undefined>;
  /** Up to `limit + 1` of those that were not deleted, in the direction of the walk, descending by default. */
  readonly listEndpoints: (ref: ApplicationRef, request: PageRequest) => Promise<readonly EndpointRecord[]>;
  /** Writes the change, the application's next version, what the uid needs and the kept answer: all or nothing. */
  readonly saveEndpoint: (
    ref: ApplicationRef,
    change: EndpointChange,
    kept: KeptAnswer | undefined,
  ) => Promise<'saved' | 'uid-taken' | LostRace>;
  /** Puts a tombstone in the place of an endpoint whose application is deleted. */
  readonly buryEndpoint: (ref: ApplicationRef, tombstone: EndpointRecord) => Promise<'buried' | LostRace>;
};
