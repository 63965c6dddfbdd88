import { isExpired } from '@fanfare/core/expiry';
import type { FindApplication } from '@fanfare/core/find-application';
import { eventIdKey, idempotencyKey, type Key, type MessageRef, messageKey, versionKey } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { type AttemptRecord, attemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { type MessageRecord, messageRecord } from '@fanfare/events/message-record';
import { stateOf } from '../../services/delivery/src/adapters/task-state-table.ts';
import { attemptItem } from '../../services/delivery/src/domain/attempt.ts';
import type { TaskState } from '../../services/delivery/src/domain/sendable.ts';
import type { AcceptPorts, Claim } from '../../services/ingest/src/domain/accept.ts';

export type Item = Readonly<Record<string, unknown>>;
type Saved = Awaited<ReturnType<AcceptPorts['save']>>;

/**
 * The one table that all services share, in memory: each call is one atomic step, as a single write, read or transaction
 * of DynamoDB is. A query is not, so its pages are read by separate calls. Items are copied on their way in and out.
 */
export type Table = {
  readonly claim: (orgId: string, keyHash: string, claim: Claim, expiresAt: number, nowMs: number) => Claim;
  readonly save: (ref: MessageRef, record: MessageRecord, nowMs: number) => Saved;
  readonly stored: (ref: MessageRef) => MessageRecord | undefined;
  readonly findApplication: (...args: Parameters<FindApplication>) => Awaited<ReturnType<FindApplication>>;
  /** Items of an application's partition whose sort keys are in a range, with their keys. */
  readonly page: (partition: string, isWanted: (sortKey: string) => boolean) => readonly Item[];
  readonly record: (task: DeliveryTask, record: AttemptRecord) => AttemptRecord;
  readonly readState: (tasks: readonly DeliveryTask[]) => (task: DeliveryTask) => TaskState;
  readonly get: (key: Key) => Item | undefined;
  readonly put: (item: Key & Item) => void;
};

/** `inserted` is told of every message that is written, as the table's stream is. */
export const tableInMemory = (inserted: (ref: MessageRef, message: MessageRecord) => void = () => {}): Table => {
  const partitions = new Map<string, Map<string, Item>>();
  const get = ({ PK, SK }: Key): Item | undefined => partitions.get(PK)?.get(SK);
  const put = (item: Key & Item): void => {
    const partition = partitions.get(item.PK) ?? new Map<string, Item>();
    partitions.set(item.PK, partition);
    partition.set(item.SK, structuredClone(item));
  };
  /** What counts as there: an item whose time is over does not, whether it was deleted or not. */
  const standing = <T>(key: Key, nowMs: number): T | undefined => {
    const item = get(key);
    return item === undefined || isExpired(item as { expiresAt?: number }, nowMs) ? undefined : (item as T);
  };

  return {
    get,
    put,
    claim: (orgId, keyHash, claim, expiresAt, nowMs) => {
      const key = idempotencyKey(orgId, keyHash);
      const found = standing<Claim>(key, nowMs);
      if (found === undefined) put({ ...key, kind: 'idempotency', ...claim, expiresAt });
      const { messageId, acceptedAt, fingerprint } = found ?? claim;
      return { messageId, acceptedAt, fingerprint };
    },
    save: (ref, record, nowMs) => {
      const key = messageKey(ref);
      const owned = record.eventId === undefined ? undefined : eventIdKey(ref, record.eventId);
      const owner = owned === undefined ? undefined : standing<{ messageId: string }>(owned, nowMs);
      if (owner !== undefined) return owner.messageId === ref.messageId ? 'already-saved' : 'event-id-taken';
      if (get(key) !== undefined) return 'already-saved';
      const { messageId } = ref;
      if (owned !== undefined) put({ ...owned, kind: 'event-id', messageId, expiresAt: record.expiresAt });
      put({ ...key, ...record });
      inserted(ref, record);
      return 'saved';
    },
    stored: (ref) => {
      const item = get(messageKey(ref));
      return item === undefined ? undefined : (messageRecord.parse(structuredClone(item)) as MessageRecord);
    },
    findApplication: (orgId, appId) => {
      const version = versionRecord.safeParse(get(versionKey({ orgId, appId })));
      if (!version.success || version.data.deletedAt !== undefined) return undefined;
      return { orgId, appId, version: version.data.version };
    },
    page: (partition, isWanted) =>
      [...(partitions.get(partition) ?? [])]
        .filter(([sortKey]) => isWanted(sortKey))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, item]) => structuredClone(item)),
    record: (task, record) => {
      const item = attemptItem(task, record);
      const before = get(item);
      if (before !== undefined) return attemptRecord.parse(structuredClone(before));
      put(item);
      return record;
    },
    readState: (tasks) => {
      const states = new Map(tasks.map((task) => [task, () => stateOf(task, get)]));
      // Read now, understood later: an item that cannot be understood fails its own task alone.
      const read = new Map([...states].map(([task, make]) => [task, attemptOf(make)]));
      return (task) => (read.get(task) ?? attemptOf(() => stateOf(task, get)))();
    },
  };
};

/** Does it now, and answers or throws what came of it when asked. */
const attemptOf = <T>(make: () => T): (() => T) => {
  try {
    const made = make();
    return () => made;
  } catch (error) {
    return () => {
      throw error;
    };
  }
};
