import type { Key, MessageRef } from '@fanfare/core/keys';
import { messageKey, parseMessageKey, versionKey } from '@fanfare/core/keys';
import { type MessageRecord, messageRecord } from '@fanfare/events/message-record';

export type Item = Readonly<Record<string, unknown>>;

/** The one table that all services share, in memory. Items are copied on their way in and out. */
export type Table = {
  readonly get: (key: Key) => Item | undefined;
  readonly put: (item: Key & Item) => void;
  readonly remove: (key: Key) => void;
  /** Items of a partition whose sort keys are wanted, in their order. */
  readonly page: (partition: string, isWanted: (sortKey: string) => boolean) => readonly (Key & Item)[];
  readonly stored: (ref: MessageRef) => MessageRecord | undefined;
  /** 0 when there is no application, or no longer. */
  readonly versionOf: (ref: Pick<MessageRef, 'orgId' | 'appId'>) => number;
};

/** `inserted` is told of every message that is written for the first time, as the stream's reader is; `written` of everything. */
export const tableInMemory = (
  inserted: (ref: MessageRef, message: MessageRecord) => void = () => {},
  written: (item: Key & Item, before: Item | undefined) => void = () => {},
): Table => {
  const partitions = new Map<string, Map<string, Key & Item>>();
  const get = ({ PK, SK }: Key): Item | undefined => partitions.get(PK)?.get(SK);
  const messageOf = (item: Item): MessageRecord => messageRecord.parse(structuredClone(item)) as MessageRecord;

  return {
    get,
    put: (item) => {
      const before = get(item);
      const partition = partitions.get(item.PK) ?? new Map<string, Key & Item>();
      partitions.set(item.PK, partition);
      partition.set(item.SK, structuredClone(item));
      written(item, before);
      const ref = item.kind === 'message' && before === undefined ? parseMessageKey(item) : undefined;
      if (ref !== undefined) inserted(ref, messageOf(item));
    },
    remove: ({ PK, SK }) => void partitions.get(PK)?.delete(SK),
    page: (partition, isWanted) =>
      [...(partitions.get(partition) ?? [])]
        .filter(([sortKey]) => isWanted(sortKey))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, item]) => structuredClone(item)),
    stored: (ref) => {
      const item = get(messageKey(ref));
      return item === undefined ? undefined : messageOf(item);
    },
    versionOf: (ref) => {
      const item = get(versionKey(ref));
      return item === undefined || item.deletedAt !== undefined ? 0 : Number(item.version);
    },
  };
};
