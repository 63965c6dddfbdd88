import type { ApplicationRef, EndpointRef, Key } from '@fanfare/core/keys';
import { endpointKey, parkedTaskKey, parkPartition, versionKey } from '@fanfare/core/keys';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ParkedTask } from '@fanfare/events/parked-task';
import type { DrainPorts } from './drain.ts';
import type { AttemptedEndpoint, EndpointMarks } from './endpoint-marks.ts';
import type { ParkPorts } from './park.ts';

/** What is kept of endpoints that nothing can be sent to, and a way for a test to put there what control writes. */
export type ParkStore = EndpointMarks &
  Pick<ParkPorts, 'saveParked'> &
  Pick<DrainPorts, 'oldest' | 'remove' | 'readState'> & {
    readonly putEndpoint: (ref: EndpointRef, endpoint: EndpointRecord) => Promise<void>;
    readonly putVersion: (ref: ApplicationRef, version: VersionRecord) => Promise<void>;
  };

type Changes = { -readonly [Name in keyof EndpointRecord]?: EndpointRecord[Name] | undefined };

/** Parked tasks and the engine's marks in memory. Items are copied on their way in and out, as by a table. */
export const fakeParkStore = (): ParkStore & { readonly parked: Map<string, ParkedTask> } => {
  const endpoints = new Map<string, EndpointRecord>();
  const versions = new Map<string, VersionRecord>();
  const parked = new Map<string, ParkedTask>();
  const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;

  const change = async (
    ref: EndpointRef,
    holds: (standing: EndpointRecord) => boolean,
    changes: Changes,
  ): Promise<boolean> => {
    const key = text(endpointKey(ref));
    const standing = endpoints.get(key);
    if (standing === undefined || !holds(standing)) return false;
    const changed = Object.entries({ ...standing, ...changes }).filter(([, value]) => value !== undefined);
    endpoints.set(key, Object.fromEntries(changed) as EndpointRecord);
    return true;
  };
  const lives = ({ deletedAt }: EndpointRecord): boolean => deletedAt === undefined;
  const isThere = ({ url }: AttemptedEndpoint, standing: EndpointRecord): boolean =>
    lives(standing) && standing.url === url;

  return {
    parked,
    putEndpoint: async (ref, endpoint) => void endpoints.set(text(endpointKey(ref)), structuredClone(endpoint)),
    putVersion: async (ref, version) => void versions.set(text(versionKey(ref)), structuredClone(version)),

    saveParked: async (one) => {
      const key = text(parkedTaskKey(one.task));
      const outcome = parked.has(key) ? 'already-parked' : 'parked';
      parked.set(key, structuredClone(one));
      return outcome;
    },
    oldest: async (ref, limit) =>
      [...parked]
        .filter(([key]) => key.startsWith(`${parkPartition(ref)}\n`))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, one]) => structuredClone(one)),
    remove: async (gone) => {
      for (const { task, parkedAt } of gone) {
        const key = text(parkedTaskKey(task));
        if (parked.get(key)?.parkedAt === parkedAt) parked.delete(key);
      }
    },
    readState: async (ref) => {
      const [endpoint, application] = [endpoints.get(text(endpointKey(ref))), versions.get(text(versionKey(ref)))];
      return { ...(endpoint && { endpoint: structuredClone(endpoint) }), ...(application && { application }) };
    },

    startWatch: (ref, wakeAt, staleBefore) =>
      change(ref, (standing) => standing.wakeAt === undefined || standing.wakeAt < staleBefore, { wakeAt }),
    takeWatch: (ref, from, to) => change(ref, ({ wakeAt }) => wakeAt === from, { wakeAt: to }),
    pause: (at, until) =>
      change(at, (standing) => isThere(at, standing) && (standing.pausedUntil ?? 0) < until, { pausedUntil: until }),
    openBreaker: (at, breaker, seen) =>
      change(
        at,
        (standing) =>
          isThere(at, standing) &&
          standing.breaker?.openedAt === seen?.openedAt &&
          standing.breaker?.probes === seen?.probes,
        { breaker, wakeAt: breaker.until },
      ),
    closeBreaker: (ref, seen, wakeAt) =>
      change(ref, (standing) => lives(standing) && standing.breaker?.openedAt === seen.openedAt, {
        breaker: undefined,
        wakeAt,
      }),
    setSlow: (at, since) =>
      change(at, (standing) => isThere(at, standing) && (standing.slowSince === undefined) === (since !== undefined), {
        slowSince: since,
      }),
  };
};
