import { endpointKey, type Key, versionKey } from '@fanfare/core/keys';
import { laterThan } from '@fanfare/core/later-than';
import { attemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { attemptItem } from '../domain/attempt.ts';
import type { HealthChange } from '../domain/endpoint-health.ts';
import type { DeliveryStore } from './delivery-store.contract.ts';
import { stateOf } from './task-state-table.ts';

/** The table in memory. Items are copied on their way in and out, as by a table. */
export const fakeDeliveryStore = (): DeliveryStore => {
  const items = new Map<string, Readonly<Record<string, unknown>>>();
  const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
  return {
    put: async (item) => void items.set(text(item), structuredClone(item)),
    record: async (task, record) => {
      const item = attemptItem(task, record);
      const standing = items.get(text(item));
      if (standing !== undefined) return attemptRecord.parse(structuredClone(standing));
      items.set(text(item), structuredClone(item));
      return record;
    },
    changeHealth: async (ref, change) => {
      const key = text(endpointKey(ref));
      const version = items.get(text(versionKey(ref)));
      const after = changed(items.get(key) as EndpointRecord | undefined, change);
      if (after === undefined || (change.kind === 'disable' && version === undefined)) return 'superseded';
      items.set(key, after);
      if (change.kind === 'disable') {
        items.set(text(versionKey(ref)), { ...version, version: Number(version?.version) + 1 });
      }
      return 'changed';
    },
    readState: async () => (task) => stateOf(task, (key) => items.get(text(key))),
  };
};

/** The endpoint after the change; `undefined` where the table would refuse it. */
const changed = (endpoint: EndpointRecord | undefined, change: HealthChange): EndpointRecord | undefined => {
  if (endpoint === undefined || endpoint.deletedAt !== undefined) return undefined;
  const { failingSince, ...sound } = endpoint;
  if (change.kind === 'recovered') return failingSince === change.since ? sound : undefined;
  if (endpoint.disabled) return undefined;
  const { asOf } = change;
  const seen = 'updatedAt' in asOf ? asOf.updatedAt : new Date(asOf.attemptedAt).toISOString();
  const isAsSeen = 'updatedAt' in asOf ? endpoint.updatedAt === seen : endpoint.updatedAt <= seen;
  if (change.kind === 'fails')
    return isAsSeen && failingSince === undefined ? { ...endpoint, failingSince: change.since } : undefined;
  const holds = isAsSeen && (change.reason !== 'failing' || failingSince === change.since);
  const updatedAt = laterThan(seen, Date.now());
  return holds ? { ...endpoint, disabled: true, disabledReason: change.reason, updatedAt } : undefined;
};
