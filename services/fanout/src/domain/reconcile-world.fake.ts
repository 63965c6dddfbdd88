import { idTimeMs, mintId } from '@fanfare/core/ids';
import { ACTIVITY_SHARDS, type ActivityRef, hourOf, type MessageRef } from '@fanfare/core/keys';
import { type DeliveryTask, deliveryTask } from '@fanfare/events/delivery-task';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { LastAttempt } from './accounted.ts';
import type { Application } from './application-cache.ts';
import type { CursorSeen } from './in-log.ts';
import type { Cursor, Recheck, ReconcilePorts } from './reconcile.ts';
import type { Subscriber } from './subscriber.ts';
import type { WakeUp } from './wake-up.ts';
import type { Mark, Page } from './walk.ts';

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
/** Twenty past some hour. */
export const NOW = 500_000 * HOUR_MS + 20 * MINUTE_MS;

const app = { orgId: 'org_1', appId: 'app_1' };

export const subscriber = (id: string, more: Partial<Subscriber> = {}): Subscriber => ({
  id,
  disabled: false,
  sinceVersion: 1,
  ...more,
});

/** A table, a topic and a clock in memory, as the reconciler sees them. */
export const reconcileWorld = () => {
  const state = {
    now: NOW,
    pageSize: 2,
    /** Pages until the time is up. */
    pagesLeft: Number.POSITIVE_INFINITY,
    waiting: 0,
    /** What happens at a call of this name: the process ends. */
    diesAt: '',
    cursor: undefined as Cursor | undefined,
    largestPage: 0,
  };
  const application: { -readonly [K in keyof Application]: Application[K] } = {
    version: 5,
    deleted: false,
    subscribers: [subscriber('ep_1')],
    unreadable: [],
  };
  const messages = new Map<string, { ref: MessageRef; message: MessageRecord }>();
  const attempts = new Map<string, LastAttempt[]>();
  const marks = new Map<string, Mark & { shard: number }>();
  const rechecks = new Map<string, Recheck & { shard: number }>();
  const tasks: DeliveryTask[] = [];
  const woken: WakeUp['wake'][] = [];
  /** By endpoint and ordering key. */
  const cursors = new Map<string, CursorSeen>();
  /** Message, endpoint and number of tasks that wait in a park. */
  const parked = new Set<string>();
  let minted = 0;

  const step = (name: string): void => {
    if (state.diesAt === name) throw new Error(`died at ${name}`);
  };
  const shardOf = ({ appId }: { appId: string }): number => appId.length % ACTIVITY_SHARDS;

  /** Accepts a message as ingest does. `savedAt`: when a caller came back late with an old idempotency key. */
  const accept = (
    acceptedAt: number,
    more: Partial<MessageRecord> = {},
    ref = app,
    savedAt = acceptedAt,
  ): MessageRef => {
    minted += 1;
    const messageId = mintId('msg', acceptedAt, new Uint8Array(15).fill(minted % 256));
    const messageHour = hourOf(acceptedAt);
    const late = savedAt === acceptedAt ? {} : { lateAt: savedAt };
    const hour = hourOf(savedAt);
    const sortKey = `${ref.orgId}#${ref.appId}#${messageHour}`;
    const name = `${hour} ${sortKey}`;
    marks.set(name, { ...marks.get(name), ...ref, hour, messageHour, sortKey, shard: shardOf(ref), ...late });
    const message: MessageRecord = {
      kind: 'message',
      eventType: 'a',
      payload: new Uint8Array([123, 125]),
      encoding: 'identity',
      acceptedAt,
      appVersion: 3,
      correlationId: 'c',
      payloadExpiresAt: acceptedAt / 1000 + 90 * 86_400,
      expiresAt: acceptedAt / 1000 + 90 * 86_400,
      ...more,
    };
    messages.set(messageId, { ref: { ...ref, messageId }, message });
    return { ...ref, messageId };
  };

  const attempted = (
    { messageId }: MessageRef,
    last: Omit<LastAttempt, 'endpointId'> & { endpointId?: string },
  ): void => {
    const attempt = { endpointId: 'ep_1', ...last };
    const others = (attempts.get(messageId) ?? []).filter(({ endpointId }) => endpointId !== attempt.endpointId);
    attempts.set(messageId, [...others, attempt]);
  };

  function* pages<T>(all: readonly T[], found: (item: T) => Page['found'], name: (item: T) => string): Generator<Page> {
    for (let start = 0; start < all.length; start += state.pageSize) {
      const some = all.slice(start, start + state.pageSize);
      state.largestPage = Math.max(state.largestPage, some.length);
      yield { found: some.flatMap(found), last: name(some.at(-1) as T) };
    }
  }

  const ports: ReconcilePorts = {
    async *marks(hour, shard, from = '') {
      const all = [...marks.values()].filter((mark) => mark.hour === hour && mark.shard === shard);
      yield* all.sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1)).filter(({ sortKey }) => sortKey >= from);
    },
    async *messages(ref: ActivityRef, { fromMs, toMs }, after = '') {
      const all = [...messages.values()]
        .filter((one) => one.ref.appId === ref.appId && one.ref.messageId > after)
        .filter(({ ref: { messageId } }) => idTimeMs(messageId) >= fromMs && idTimeMs(messageId) < toMs)
        .sort((a, b) => (a.ref.messageId < b.ref.messageId ? -1 : 1));
      yield* pages(
        all,
        (one) => [one],
        (one) => one.ref.messageId,
      );
    },
    async *rechecks({ fromMs, toMs }, shard, after = '') {
      const all = [...rechecks]
        .filter(([name, one]) => one.shard === shard && one.atMs >= fromMs && one.atMs < toMs && name > after)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const found = ([, { ref, timesMissing }]: (typeof all)[number]) => {
        const one = messages.get(ref.messageId);
        return one === undefined ? [] : [{ ...one, timesMissing }];
      };
      yield* pages(all, found, ([name]) => name);
    },
    lastAttempts: async ({ messageId }) => attempts.get(messageId) ?? [],
    isParked: async ({ messageId, endpointId, attempt }) => parked.has(`${messageId} ${endpointId} ${attempt}`),
    wholeMessage: async ({ messageId }) => messages.get(messageId)?.message,
    applications: () => async () => application,
    publish: async (publications) => {
      step('publish');
      tasks.push(...publications.map(({ body }) => deliveryTask.parse(JSON.parse(body))));
    },
    wake: async (wakeUps) => {
      step('wake');
      woken.push(...wakeUps.map(({ wake }) => wake));
    },
    logCursor: async ({ endpointId, orderingKey }) => cursors.get(`${endpointId} ${orderingKey}`),
    mintCopyId: () => 'copy',
    now: () => state.now,
    readCursor: async () => state.cursor,
    saveCursor: async (cursor) => {
      step('saveCursor');
      if (state.cursor !== undefined && state.cursor.revision !== cursor.revision - 1) return false;
      state.cursor = cursor;
      return true;
    },
    recheck: async (all) => {
      step('recheck');
      for (const one of all) {
        const name = `${String(one.atMs).padStart(13, '0')} ${one.ref.messageId}`;
        rechecks.set(name, { ...one, shard: shardOf(one.ref) });
      }
    },
    waitingTasks: async () => state.waiting,
    isTimeUp: () => {
      state.pagesLeft -= 1;
      return state.pagesLeft <= 0;
    },
  };
  const wanted = () => tasks.map(({ messageId, endpointId, attempt }) => ({ messageId, endpointId, attempt }));
  return { state, application, ports, accept, attempted, wanted, rechecks, messages, parked, woken, cursors };
};
