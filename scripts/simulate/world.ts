import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { InsertedMessage } from '../../services/fanout/src/domain/fan-out.ts';
import { type Actor, actors, type Ended, type Invocation, isInjected } from './actor.ts';
import type { Choices, Subject } from './choices.ts';
import { documentClient } from './document-client.ts';
import { emptyLedger, increment, type Ledger, noteEndpoint } from './ledger.ts';
import { readable } from './names.ts';
import { MAX_RECEIVES, type Queue, type QueueMessage, queueInMemory } from './queue.ts';
import { type Story, storyOf } from './story.ts';
import { type Stream, streamInMemory } from './stream.ts';
import { type Table, tableInMemory } from './table.ts';
import { type Timeline, timelineFrom } from './timeline.ts';

/** Everything that actors share. A new kind of actor takes what it needs of this, and gets itself started in `population.ts`. */
export type World = {
  readonly startMs: number;
  readonly timeline: Timeline;
  readonly choices: Choices;
  readonly story: Story;
  readonly table: Table;
  /** Bodies that are too large for a message's item, by their keys. */
  readonly objects: Map<string, Uint8Array>;
  /** A client of the table for an actor's adapters. `about` begins the label of each call. */
  readonly clientFor: (actor: () => Actor, about: string) => DynamoDBDocumentClient;
  /** How many items wait to be due. */
  readonly waitingDue: () => number;
  readonly lane: Queue;
  readonly stream: Stream;
  readonly ledger: Ledger;
  /** Whether there is anything left that may still make work. */
  readonly isAtWork: () => boolean;
  /** What is done when there is work again after there was none: schedules take up their rhythm. */
  readonly onWork: (() => void)[];
  readonly invoke: <T>(invocation: Invocation<T>) => void;
  readonly numbered: (label: string) => string;
  /** Seconds to wait before attempt 2, 3 and so on. */
  readonly delaysSeconds: readonly number[];
  /** How long nothing but failure disables an endpoint. */
  readonly failingLimitMs: number;
  readonly onFault: (kind: string) => void;
  /** Faults that took effect, by kind. */
  readonly faults: Map<string, number>;
  /** Says that something went wrong that no fault explains. */
  readonly unexpected: (who: string, error: unknown) => void;
  /** Whether something that waits for a promise has yet to run; asking says that it has run. */
  readonly takeSettled: () => boolean;
};

/** Who works on what arrives. Set once, by whoever populates the world. */
export type Consumers = {
  receiveTasks: (batch: readonly QueueMessage[]) => void;
  receiveInserts: (batch: readonly InsertedMessage[], ended: (how: Ended<unknown>) => void) => void;
};

export const START_MS = 1_800_000_000_000;
/** Faults stop after this; then everything has to come to rest. */
export const FAULTS_END_MS = 45 * 60_000;
/** A page that is throttled is asked for again. */
const PAGE_PAUSES_MS = [0, 5, 1_200] as const;
const FAULTS: readonly Subject[] = ['delay', 'throttle', 'crash', 'duplicate'];
const SCHEDULES = [
  [5, 60, 600],
  [5, 300, 900],
  [5, 1_000, 1_500],
  [2_700, 60],
  [1, 2, 3, 4],
  [0, 0],
] as const;

export const makeWorld = (given: Choices, isTold: boolean, consumers: Consumers): World => {
  const timeline = timelineFrom(START_MS);
  const choices: Choices = {
    ...given,
    choose: (subject, label, odds) =>
      FAULTS.includes(subject) && timeline.now() >= START_MS + FAULTS_END_MS ? 0 : given.choose(subject, label, odds),
  };
  const story = storyOf(isTold, () => timeline.now() - START_MS);
  const faults = new Map<string, number>();
  const onFault = (kind: string): void => increment(faults, kind);
  let isSettled = false;
  const onSettled = (): void => {
    isSettled = true;
  };
  const ledger = emptyLedger();
  const { invoke, numbered, isUnderWay } = actors({ timeline, choices, story, onFault, onSettled });
  const shared = { timeline, choices, story, onFault, numbered };
  const stream = streamInMemory({ ...shared, receive: (batch, ended) => consumers.receiveInserts(batch, ended) });
  const lane = queueInMemory({
    ...shared,
    name: 'the lane',
    receive: (batch) => consumers.receiveTasks(batch),
    onDeadLetter: ({ label, receives, faults: suffered }) => {
      if (suffered < MAX_RECEIVES) {
        ledger.violations.push(`${label} is dead after ${receives - 1} receives, of which ${suffered} met a fault`);
      }
    },
    onRepeat: ({ label }) => increment(ledger.repeats, label.split(' ')[0] ?? ''),
  });
  const dueKeys = new Set<string>();
  const table = tableInMemory(stream.insert, (item, before) => {
    const isOnce = item.kind === 'attempt' || item.kind === 'message';
    if (isOnce && before !== undefined) ledger.violations.push(`${readable(`${item.PK} ${item.SK}`)} is written again`);
    if (item.kind === 'due') dueKeys.add(`${item.PK} ${item.SK}`);
    if (item.kind === 'endpoint') noteEndpoint(item, table, ledger);
  });
  const removing: Table = {
    ...table,
    remove: (key) => {
      dueKeys.delete(`${key.PK} ${key.SK}`);
      table.remove(key);
    },
  };
  const clientFor = (actor: () => Actor, about: string): DynamoDBDocumentClient =>
    documentClient(
      removing,
      async ({ label, isNextPage, ...call }) => {
        const point = `${about}: ${label}`;
        const pause = isNextPage ? choices.choose('workload', numbered(`${point}, pause`), [0.3, 0.4]) : 0;
        if (pause > 0) await actor().wait(PAGE_PAUSES_MS[pause] ?? 0);
        return actor().call({ ...call, label: point });
      },
      // The last item of a query may come on a page of its own, read later.
      (label, found) =>
        choices.choose('workload', numbered(`${about}: ${label}, pages`), [0.3]) > 0 ? found - 1 || 1 : found,
    );
  const isAtWork = (): boolean =>
    timeline.now() < START_MS + FAULTS_END_MS || isUnderWay() || dueKeys.size + lane.waiting() + stream.waiting() > 0;
  return {
    startMs: START_MS,
    ...shared,
    isAtWork,
    onWork: [],
    table,
    objects: new Map(),
    clientFor,
    waitingDue: () => dueKeys.size,
    lane,
    stream,
    ledger,
    invoke,
    delaysSeconds: SCHEDULES[choices.choose('workload', 'schedule', [0.2, 0.25, 0.1, 0.2, 0.1])] ?? SCHEDULES[0],
    failingLimitMs: choices.choose('workload', 'failing limit', [0.2]) > 0 ? 10 * 60_000 : 5 * 24 * 3_600_000,
    faults,
    unexpected: (who, error) => {
      if (!isInjected(error)) ledger.violations.push(`${who} fails by itself: ${String(error)}`);
    },
    takeSettled: () => {
      const was = isSettled;
      isSettled = false;
      return was;
    },
  };
};
