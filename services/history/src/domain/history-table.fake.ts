import {
  attemptKey,
  attemptsPartition,
  endpointAttemptsPartition,
  endpointKey,
  endpointUidKey,
  eventIdKey,
  type Key,
  MESSAGE_SHARDS,
  messageKey,
  messagesPartition,
  parseAttemptKey,
  statisticsPartition,
} from '@fanfare/core/keys';
import { within } from '@fanfare/core/span';
import { type Statistics, statistics } from '@fanfare/events/statistics-record';
import type { Attempt, HistoryPorts, Message } from './history.ts';
import type { Item } from './history-table.samples.ts';

export type HistoryTable = Omit<HistoryPorts, 'now' | 'findApplication'>;

/** The table's items in memory, read as the adapters read them. */
export const fakeHistoryTable = (items: readonly Item[]): HistoryTable => {
  const get = (key: Key): Item | undefined => items.find(({ PK, SK }) => PK === key.PK && SK === key.SK);
  const present = <T>(found: readonly (T | undefined)[]): T[] => found.filter((each) => each !== undefined);

  const message = (application: Parameters<HistoryTable['findMessage']>[0], messageId: string): Message | undefined => {
    const item = messageId.includes('#') ? undefined : get(messageKey({ ...application, messageId }));
    return item && messageOf(item);
  };

  return {
    findMessage: async (application, idOrEventId) => {
      if (!/^[\w.-]+$/.test(idOrEventId)) return undefined;
      const owner = idOrEventId.startsWith('msg_') ? undefined : get(eventIdKey(application, idOrEventId));
      return message(application, (owner?.messageId as string | undefined) ?? idOrEventId);
    },
    readMessages: async (application, span) => {
      const partitions = MESSAGE_SHARDS.map((shard) => messagesPartition(application, shard));
      return within(items.filter(({ PK }) => partitions.includes(PK)).map(messageOf), span);
    },
    messagesByIds: async (application, ids) => present([...new Set(ids)].map((id) => message(application, id))),
    attemptsOfMessage: async (ref, endpointId) =>
      items
        .filter(({ PK }) => PK === attemptsPartition(ref))
        .map(attemptOf)
        .filter((attempt) => endpointId === undefined || attempt.endpointId === endpointId),
    readAttemptsOfEndpoint: async (ref, span) => {
      const inIndex = items.filter(({ GSI1PK }) => GSI1PK === endpointAttemptsPartition(ref));
      return within(inIndex.map(attemptOf), span);
    },
    superseded: async (application, asked) =>
      new Set(asked.filter((each) => get(attemptKey({ ...application, ...each, attempt: each.attempt + 1 })))),
    findEndpoint: async (application, idOrUid) => {
      if (!/^[\w.-]+$/.test(idOrUid)) return undefined;
      const owner = idOrUid.startsWith('ep_') ? undefined : get(endpointUidKey(application, idOrUid));
      const endpointId = (owner?.endpointId as string | undefined) ?? idOrUid;
      return get(endpointKey({ ...application, endpointId })) as never;
    },
    endpointsByIds: async (application, ids) =>
      present([...new Set(ids)].map((endpointId) => get(endpointKey({ ...application, endpointId })))) as never,
    statisticsOfEndpoint: async (ref, { from, to }) => {
      const counted = items
        .filter(({ PK }) => PK === statisticsPartition(ref))
        .filter(({ SK }) => SK.startsWith(`${ref.endpointId}#`))
        .filter(({ SK }) => (SK.split('#')[1] ?? '') >= from && (SK.split('#')[1] ?? '') <= to)
        .map((item) => statistics.parse(item));
      const total = (name: keyof Statistics) => counted.reduce((sum, each) => sum + each[name], 0);
      return {
        ...{ delivered: total('delivered'), failed: total('failed') },
        ...{ exhausted: total('exhausted'), waiting: total('waiting') },
      };
    },
  };
};

const messageOf = ({ PK, SK, ...record }: Item): Message => ({ ...record, id: SK }) as unknown as Message;

const attemptOf = ({ PK, SK, GSI1PK, GSI1SK, ...record }: Item): Attempt => {
  const ref = parseAttemptKey({ PK, SK });
  return { ...record, messageId: ref?.messageId, endpointId: ref?.endpointId } as unknown as Attempt;
};
