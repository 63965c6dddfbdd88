import { isExpired } from '@fanfare/core/expiry';
import {
  type CursorRef,
  cursorKey,
  cursorsPartition,
  endpointKey,
  type Key,
  type LogRef,
  logKey,
  logPartition,
  versionKey,
} from '@fanfare/core/keys';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import type { LogItem } from '@fanfare/events/ordered-log';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import type { LookPorts } from './look-at-log.ts';
import type { WakeCursorsPorts } from './wake-cursors.ts';

/** Logs and cursors, and a way for a test to put there what control and ingest write. */
export type OrderedStore = Pick<LookPorts, 'readState' | 'moveCursor' | 'readLog' | 'readLogBack' | 'closeNumber'> &
  Pick<WakeCursorsPorts, 'readCursors'> & {
    readonly putEndpoint: (ref: CursorRef, endpoint: EndpointRecord) => Promise<void>;
    readonly putVersion: (ref: CursorRef, version: VersionRecord) => Promise<void>;
    readonly putLogItem: (log: LogRef, item: LogItem) => Promise<void>;
  };

/** Logs and cursors in memory. Items are copied on their way in and out, as by a table. */
export const fakeOrderedStore = (now: () => number, pageSize = 25): OrderedStore => {
  const items = new Map<string, { readonly key: Key; readonly item: object }>();
  const text = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
  const put = (key: Key, item: object): void => void items.set(text(key), { key, item: structuredClone(item) });
  const get = <T>(key: Key): T | undefined => structuredClone(items.get(text(key))?.item) as T | undefined;
  const partition = <T>(PK: string): T[] =>
    [...items.values()]
      .filter(({ key }) => key.PK === PK)
      .toSorted((a, b) => (a.key.SK < b.key.SK ? -1 : 1))
      .map(({ item }) => structuredClone(item) as T);
  const living = (ref: CursorRef): OrderedCursor | undefined => {
    const cursor = get<OrderedCursor>(cursorKey(ref));
    return cursor === undefined || isExpired(cursor, now()) ? undefined : cursor;
  };
  const page = (found: readonly LogItem[]) => ({ items: found.slice(0, pageSize), isLast: found.length <= pageSize });

  return {
    putEndpoint: async (ref, endpoint) => put(endpointKey(ref), endpoint),
    putVersion: async (ref, version) => put(versionKey(ref), version),
    putLogItem: async (log, item) => put(logKey(log, item.number), item),

    readState: async (ref) => ({
      application: get(versionKey(ref)),
      endpoint: get(endpointKey(ref)),
      cursor: living(ref),
    }),
    moveCursor: async (ref, seen, to) => {
      const standing = living(ref);
      const isSeen =
        standing?.next === seen?.next && standing?.attempt === seen?.attempt && standing?.leaseId === seen?.leaseId;
      if (isSeen) put(cursorKey(ref), to);
      return isSeen || isSame(standing, to);
    },
    readLog: async (log, from) => page(partition<LogItem>(logPartition(log)).filter(({ number }) => number >= from)),
    readLogBack: async (log, from) =>
      page(
        partition<LogItem>(logPartition(log))
          .filter(({ number }) => number <= from)
          .toReversed(),
      ),
    closeNumber: async (log, number) => {
      if (get(logKey(log, number)) !== undefined) return 'taken';
      put(logKey(log, number), {
        kind: 'log-hole',
        number,
        closedAt: now(),
        expiresAt: now() / 1000 + RETENTION_SECONDS,
      });
      return 'closed';
    },
    readCursors: async (ref, after = '') => {
      const found = partition<OrderedCursor>(cursorsPartition(ref)).filter(({ orderingKey }) => orderingKey > after);
      const cursors = found.slice(0, pageSize);
      const last = cursors.at(-1)?.orderingKey;
      return found.length <= pageSize || last === undefined ? { cursors } : { cursors, after: last };
    },
  };
};

/** Written a second time, it is written. */
const isSame = (standing: OrderedCursor | undefined, to: OrderedCursor): boolean =>
  (['next', 'attempt', 'leaseId', 'blockedUntil', 'blockedBy'] as const).every((name) => standing?.[name] === to[name]);
