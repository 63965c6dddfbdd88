import type { ApplicationRef } from '@fanfare/core/keys';
import type { Subscriber } from './subscriber.ts';

/** An application with its endpoints, as one read saw them. */
export type Application = {
  /** 0 when there is no version item. */
  readonly version: number;
  readonly deleted: boolean;
  readonly subscribers: readonly Subscriber[];
  /** Ids of endpoints whose items cannot be understood. */
  readonly unreadable: readonly string[];
};

/** Strongly consistent. */
export type ReadApplication = (ref: ApplicationRef) => Promise<Application>;

/** Answers the application for a message that was accepted under `version`, as it is then or later. */
export type ApplicationOf = (ref: ApplicationRef, version: number) => Promise<Application>;

type Entry = {
  readonly application: Application;
  /** When the read began. */
  readonly readAt: number;
  /** When the first read that saw this version had ended. */
  readonly versionSeenAt: number;
};

/** Bounds what a change that nobody announced by a new version could do. */
const MAX_AGE_MS = 30_000;
/** About 300 bytes each: some 6 MB. */
const MAX_ENTRIES = 20_000;
/** Far longer than a transaction takes to show all of its writes. */
const SETTLING_MS = 2_000;

/**
 * Remembers applications across batches, by version. A new endpoint and the new version are one transaction, but a query
 * may see half of it: the version without the endpoint. Messages accepted before a query began are not harmed, as
 * whatever they may expect was complete by then. For later ones, an entry counts only once a second query, begun a good
 * while after the version was first seen, has confirmed it. So the cache answers at once where nothing changes, and is
 * read again per batch for two seconds where something did.
 */
export const applicationCache = (read: ReadApplication, now: () => number): { batch: () => ApplicationOf } => {
  const entries = new Map<string, Entry>();
  let weight = 0;

  const forget = (key: string): void => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    weight -= weightOf(entry);
  };

  const keep = (key: string, entry: Entry): void => {
    forget(key);
    entries.set(key, entry);
    weight += weightOf(entry);
    for (const oldest of entries.keys()) {
      if (weight <= MAX_ENTRIES) return;
      forget(oldest);
    }
  };

  const readAgain = async (key: string, ref: ApplicationRef): Promise<Application> => {
    const readAt = now();
    const application = await read(ref);
    const before = entries.get(key);
    const known = before !== undefined && before.application.version === application.version;
    keep(key, { application, readAt, versionSeenAt: known ? before.versionSeenAt : now() });
    return application;
  };

  const serves = (entry: Entry, version: number): boolean =>
    entry.application.version >= version &&
    entry.readAt - entry.versionSeenAt >= SETTLING_MS &&
    now() - entry.readAt < MAX_AGE_MS;

  return {
    /** A lookup for one batch, whose messages were all accepted before this call. */
    batch: () => {
      const readInBatch = new Map<string, Promise<Application>>();
      return async (ref, version) => {
        const key = `${ref.orgId} ${ref.appId}`;
        const standing = readInBatch.get(key);
        if (standing !== undefined) return standing;
        const entry = entries.get(key);
        if (entry !== undefined && serves(entry, version)) {
          keep(key, entry);
          return entry.application;
        }
        const reading = readAgain(key, ref);
        readInBatch.set(key, reading);
        return reading;
      };
    },
  };
};

const weightOf = ({ application }: Entry): number => 1 + application.subscribers.length;
