import type { ApplicationRef } from './keys.ts';

/** A live application, and the version it had when it was read. */
export type FoundApplication = ApplicationRef & {
  readonly version: number;
  /** How many of its endpoints are ordered; absent where none ever was. */
  readonly orderedEndpoints?: number;
  /** How long payloads of its messages are kept that do not say so themselves; absent where they are kept as the messages. */
  readonly payloadRetentionDays?: number;
};

/** `undefined` when the organisation has no such application, or no longer. */
export type FindApplication = (orgId: string, idOrUid: string) => Promise<FoundApplication | undefined>;
