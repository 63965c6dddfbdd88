import type { Key, MessageRef } from '@fanfare/core/keys';
import { messageKey, versionKey } from '@fanfare/core/keys';
import { type MessageRecord, messageRecord } from '@fanfare/events/message-record';

export type Item = Readonly<Record<string, unknown>>;
export type Stored = Key & Item;

/** The one table that all services share, in memory. Items are copied on their way in and out. */
export type Table = {
  readonly get: (key: Key) => Item | undefined;
  readonly put: (item: Stored) => void;
  readonly remove: (key: Key) => void;
  /** Writes of which nobody is told before all of them have taken effect. */
  readonly together: (write: () => void) => void;
  /**
   * Items of a partition that are wanted, in the order of their sort keys. `asOf`: as a reader may see them who does not
   * ask for what was written since.
   */
  readonly page: (partition: string, isWanted: (item: Stored) => boolean, asOf?: number) => readonly Stored[];
  readonly stored: (ref: MessageRef) => MessageRecord | undefined;
  /** 0 when there is no application, or no longer. */
  readonly versionOf: (ref: Pick<MessageRef, 'orgId' | 'appId'>) => number;
};

/** Told of every write after it took effect. An item that was removed has no `after`. */
export type OnWrite = (write: { readonly before: Stored | undefined; readonly after: Stored | undefined }) => void;

export const tableInMemory = (told: OnWrite = () => {}, now: () => number = () => 0): Table => {
  let held: Parameters<OnWrite>[0][] | undefined;
  const onWrite: OnWrite = (write) => (held === undefined ? told(write) : void held.push(write));
  type Row = { readonly item: Stored; readonly at: number; readonly before: Stored | undefined };
  const partitions = new Map<string, Map<string, Row>>();
  const rowOf = ({ PK, SK }: Key): Row | undefined => partitions.get(PK)?.get(SK);
  const get = (key: Key): Item | undefined => rowOf(key)?.item;

  return {
    get,
    put: (item) => {
      const before = rowOf(item)?.item;
      const partition = partitions.get(item.PK) ?? new Map<string, Row>();
      partitions.set(item.PK, partition);
      const after = copied(item);
      partition.set(item.SK, { item: after, at: now(), before });
      onWrite({ before, after });
    },
    remove: (key) => {
      const before = rowOf(key)?.item;
      partitions.get(key.PK)?.delete(key.SK);
      if (before !== undefined) onWrite({ before, after: undefined });
    },
    together: (write) => {
      held = [];
      write();
      const writes = held;
      held = undefined;
      for (const one of writes) told(one);
    },
    page: (partition, isWanted, asOf = Number.POSITIVE_INFINITY) => {
      const wanted: Stored[] = [];
      for (const { item, at, before } of partitions.get(partition)?.values() ?? []) {
        const seen = at <= asOf ? item : before;
        if (seen !== undefined && isWanted(seen)) wanted.push(seen);
      }
      return wanted.sort((one, other) => (one.SK < other.SK ? -1 : 1));
    },
    stored: (ref) => {
      const item = get(messageKey(ref));
      return item === undefined ? undefined : (messageRecord.parse(copied(item)) as MessageRecord);
    },
    versionOf: (ref) => {
      const item = get(versionKey(ref));
      return item === undefined || item.deletedAt !== undefined ? 0 : Number(item.version);
    },
  };
};

/** A copy that shares nothing, without what is undefined: no table keeps that. */
export const copied = <T>(value: T): T => {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map(copied) as T;
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    const part = value[name as keyof T];
    if (part !== undefined) copy[name] = typeof part === 'object' ? copied(part) : part;
  }
  return copy as T;
};
