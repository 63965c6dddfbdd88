import { type ApplicationRef, type EndpointRef, endpointKey, type Key, versionKey } from '@fanfare/core/keys';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ActivatePorts } from './activate.ts';

/** What is known of new URLs, and a way for a test to put there what control writes. */
export type ActivationStore = Pick<ActivatePorts, 'findLiving' | 'keepActivation'> & {
  readonly putEndpoint: (ref: EndpointRef, endpoint: EndpointRecord) => Promise<void>;
  readonly putVersion: (ref: ApplicationRef, version: VersionRecord) => Promise<void>;
  readonly endpointAt: (ref: EndpointRef) => Promise<EndpointRecord | undefined>;
};

/** Endpoints in memory, as far as they are examined. */
export const fakeActivationStore = (): ActivationStore => {
  const endpoints = new Map<string, EndpointRecord>();
  const versions = new Map<string, VersionRecord>();
  const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
  const endpointAt = async (ref: EndpointRef) => structuredClone(endpoints.get(text(endpointKey(ref))));

  return {
    endpointAt,
    putEndpoint: async (ref, endpoint) => void endpoints.set(text(endpointKey(ref)), structuredClone(endpoint)),
    putVersion: async (ref, version) => void versions.set(text(versionKey(ref)), structuredClone(version)),

    findLiving: async (ref) => {
      const [endpoint, version] = [await endpointAt(ref), versions.get(text(versionKey(ref)))];
      if (version === undefined || version.deletedAt !== undefined) return undefined;
      return endpoint?.deletedAt === undefined ? endpoint : undefined;
    },

    keepActivation: async (ref, url, found) => {
      const standing = await endpointAt(ref);
      if (standing === undefined || standing.url !== url || standing.deletedAt !== undefined) return 'superseded';
      const { activation: known } = standing;
      if (known?.urlDigest === found.urlDigest && known.examinedAt >= found.examinedAt) return 'superseded';
      endpoints.set(text(endpointKey(ref)), { ...standing, activation: structuredClone(found) });
      return 'kept';
    },
  };
};
