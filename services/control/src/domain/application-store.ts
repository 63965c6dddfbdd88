import type { LostRace } from '@fanfare/core/contended';
import type { PageRequest } from '@fanfare/core/http/page';
import type { ApplicationRef } from '@fanfare/core/keys';
import type { ApplicationRecord } from '@fanfare/events/application-record';
import type { KeptAnswer } from './idempotency.ts';

/** An application before and after; `before` is absent when it is made. */
export type ApplicationChange = { readonly before?: ApplicationRecord; readonly after: ApplicationRecord };

/** What the use cases of applications need from the table. Reads see every write that was answered before. */
export type ApplicationStore = {
  /** `undefined` for what is not there, and for what can be neither an id nor a uid. */
  readonly getApplication: (orgId: string, idOrUid: string) => Promise<ApplicationRecord | undefined>;
  /** Up to `limit + 1` of them in the direction of the walk, ascending by default. */
  readonly listApplications: (orgId: string, request: PageRequest) => Promise<readonly ApplicationRecord[]>;
  /** Writes the change, what its uid needs and the kept answer: all or nothing. */
  readonly saveApplication: (
    orgId: string,
    change: ApplicationChange,
    kept: KeptAnswer | undefined,
  ) => Promise<'saved' | 'uid-taken' | LostRace>;
  /** Leaves the version as a tombstone, so that what is under way stops, and frees the uid. */
  readonly removeApplication: (
    ref: ApplicationRef,
    before: ApplicationRecord,
    tombstone: { readonly deletedAt: string; readonly expiresAt: number },
  ) => Promise<'removed' | LostRace>;
  /** Whether there was an application of this id that is deleted now. */
  readonly wasDeleted: (orgId: string, appId: string) => Promise<boolean>;
};
