import type { Key } from '@fanfare/core/keys';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { attemptItem } from '../domain/attempt.ts';
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
    readState: async () => (task) => stateOf(task, (key) => items.get(text(key))),
  };
};
