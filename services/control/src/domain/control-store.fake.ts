import { isExpired } from '@fanfare/core/expiry';
import type { FindApplication } from '@fanfare/core/find-application';
import type { PageRequest } from '@fanfare/core/http/page';
import { isId } from '@fanfare/core/ids';
import type { ApplicationRef, EndpointRef } from '@fanfare/core/keys';
import { isUid } from '@fanfare/core/uid';
import type { ApplicationRecord, VersionRecord } from '@fanfare/events/application-record';
import { ENGINE_FIELDS, type EndpointRecord, type EngineFields } from '@fanfare/events/endpoint-record';
import type { ApplicationStore } from './application-store.ts';
import { forgottenBy, isAwaited } from './awaited-change.ts';
import { orderedMore } from './endpoint-order.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { AnswerPorts, KeptAnswer } from './idempotency.ts';

export type ControlStore = ApplicationStore &
  EndpointStore &
  Pick<AnswerPorts, 'findAnswer'> & { readonly findApplication: FindApplication };

/** A store, and a way for a test to do to an endpoint what delivery does. */
export type ControlTable = ControlStore & {
  /** The rate that whoever delivers finds beside the version. */
  readonly rateOf: (ref: ApplicationRef) => Promise<number | undefined>;
  readonly engineWrites: (ref: EndpointRef, fields: EngineFields) => Promise<void>;
};

/** The table in memory: what the real adapters promise, and no more. */
export const fakeControlStore = (now: () => number): ControlTable => {
  const applications = new Map<string, ApplicationRecord>();
  const versions = new Map<string, VersionRecord>();
  const endpoints = new Map<string, EndpointRecord>();
  const uids = new Map<string, string>();
  const answers = new Map<string, KeptAnswer>();

  const at = (...parts: string[]) => parts.join('#');
  const idOf = (kind: 'app' | 'ep', owner: string, idOrUid: string) =>
    isUid(kind, idOrUid) ? uids.get(at(kind, owner, idOrUid)) : isId(kind, idOrUid) ? idOrUid : undefined;

  const live = (call: { orgId: string; keyHash: string }): KeptAnswer | undefined => {
    const kept = answers.get(at(call.orgId, call.keyHash));
    return kept === undefined || isExpired(kept, now()) ? undefined : kept;
  };
  const isAnswered = (kept: KeptAnswer | undefined) => kept !== undefined && live(kept) !== undefined;
  const keep = (kept: KeptAnswer | undefined) => kept && answers.set(at(kept.orgId, kept.keyHash), kept);

  const moveUid = (kind: 'app' | 'ep', owner: string, id: string, before?: string, after?: string): void => {
    if (before === after) return;
    if (before !== undefined) uids.delete(at(kind, owner, before));
    if (after !== undefined) uids.set(at(kind, owner, after), id);
  };
  const isTaken = (kind: 'app' | 'ep', owner: string, before?: string, after?: string) =>
    after !== undefined && after !== before && uids.has(at(kind, owner, after));

  const under = <T>(records: Map<string, T>, owner: string): T[] =>
    [...records].filter(([key]) => key.startsWith(`${owner}#`)).map(([, record]) => record);
  const ownerOf = (ref: ApplicationRef) => at(ref.orgId, ref.appId);

  return {
    findApplication: async (orgId, idOrUid) => {
      const appId = idOf('app', orgId, idOrUid);
      const version = appId === undefined ? undefined : versions.get(at(orgId, appId));
      if (appId === undefined || version === undefined || version.deletedAt !== undefined) return undefined;
      const { orderedEndpoints, payloadRetentionDays } = version;
      return {
        ...{ orgId, appId, version: version.version },
        ...(orderedEndpoints === undefined ? {} : { orderedEndpoints }),
        ...(payloadRetentionDays === undefined ? {} : { payloadRetentionDays }),
      };
    },

    getApplication: async (orgId, idOrUid) => applications.get(at(orgId, idOf('app', orgId, idOrUid) ?? '')),

    listApplications: async (orgId, request) => walked(under(applications, orgId), request, 'ascending'),

    saveApplication: async (orgId, { before, after }, kept) => {
      const key = at(orgId, after.id);
      if (isAnswered(kept) || applications.get(key)?.updatedAt !== before?.updatedAt) return 'lost-race';
      if (isTaken('app', orgId, before?.uid, after.uid)) return 'uid-taken';
      moveUid('app', orgId, after.id, before?.uid, after.uid);
      applications.set(key, after);
      const { version = 1, ...beside } = versions.get(key) ?? {};
      const { uid, throttleRate, payloadRetentionDays } = after;
      versions.set(key, {
        ...{ ...beside, kind: 'application-version', version },
        ...{ uid, throttleRate, payloadRetentionDays },
      });
      keep(kept);
      return 'saved';
    },

    removeApplication: async (ref, before, tombstone) => {
      const key = ownerOf(ref);
      if (applications.get(key)?.updatedAt !== before.updatedAt) return 'lost-race';
      applications.delete(key);
      moveUid('app', ref.orgId, ref.appId, before.uid, undefined);
      const { version = 1 } = versions.get(key) ?? {};
      versions.set(key, { kind: 'application-version', version: version + 1, ...tombstone });
      return 'removed';
    },

    wasDeleted: async (orgId, appId) => versions.get(at(orgId, appId))?.deletedAt !== undefined,

    getEndpoint: async (ref, idOrUid) => {
      const found = endpoints.get(at(ownerOf(ref), idOf('ep', ownerOf(ref), idOrUid) ?? ''));
      return found?.deletedAt === undefined ? found : undefined;
    },

    listEndpoints: async (ref, request) => {
      const living = under(endpoints, ownerOf(ref)).filter(({ deletedAt }) => deletedAt === undefined);
      return walked(living, request, 'descending');
    },

    saveEndpoint: async (ref, { seen, before, after }, kept) => {
      const owner = ownerOf(ref);
      const version = versions.get(owner);
      if (isAnswered(kept) || version?.version !== seen || version.deletedAt !== undefined) return 'lost-race';
      const standing = endpoints.get(at(owner, after.id));
      if ((before === undefined) !== (standing === undefined) || standing?.deletedAt !== undefined) return 'lost-race';
      if (standing?.failingSince !== before?.failingSince) return 'lost-race';
      const held = after.deletedAt === undefined ? after.uid : undefined;
      if (isTaken('ep', owner, before?.uid, held)) return 'uid-taken';
      moveUid('ep', owner, after.id, before?.uid, held);
      const wake = isAwaited({ before, after }) ? { wakeAt: now() } : {};
      const next: EndpointRecord = { ...after, ...knownByEngine(standing), ...wake };
      for (const field of forgottenBy({ before, after })) delete next[field];
      endpoints.set(at(owner, after.id), next);
      const more = orderedMore(before, after);
      const ordered = more === 0 ? {} : { orderedEndpoints: (version.orderedEndpoints ?? 0) + more };
      versions.set(owner, { ...version, ...ordered, version: seen + 1 });
      keep(kept);
      return 'saved';
    },

    buryEndpoint: async (ref, tombstone) => {
      const owner = ownerOf(ref);
      const standing = endpoints.get(at(owner, tombstone.id));
      if (standing === undefined || standing.deletedAt !== undefined) return 'buried';
      moveUid('ep', owner, tombstone.id, standing.uid, undefined);
      endpoints.set(at(owner, tombstone.id), { ...tombstone, ...knownByEngine(standing) });
      return 'buried';
    },

    findAnswer: async (call) => live(call),

    rateOf: async (ref) => versions.get(ownerOf(ref))?.throttleRate,

    engineWrites: async ({ endpointId, ...ref }, fields) => {
      const key = at(ownerOf(ref), endpointId);
      const standing = endpoints.get(key);
      if (standing !== undefined) endpoints.set(key, { ...standing, ...fields });
    },
  };
};

const knownByEngine = (standing: EndpointRecord | undefined): EngineFields =>
  Object.fromEntries(
    ENGINE_FIELDS.map((field) => [field, standing?.[field]]).filter(([, value]) => value !== undefined),
  );

const walked = <T extends { readonly id: string }>(
  records: readonly T[],
  { limit, from, backwards, order }: PageRequest,
  ownOrder: 'ascending' | 'descending',
): T[] => {
  const isUpwards = ((order ?? ownOrder) === 'ascending') !== backwards;
  const sorted = records.toSorted((a, b) => (a.id < b.id === isUpwards ? -1 : 1));
  const after = from === undefined ? sorted : sorted.filter(({ id }) => (isUpwards ? id > from : id < from));
  return after.slice(0, limit + 1);
};
