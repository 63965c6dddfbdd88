import { fakeDueStore } from '../../services/delivery/src/adapters/due-store.fake.ts';
import type { InsertedMessage } from '../../services/fanout/src/domain/fan-out.ts';
import { actors, type Ended, type Invocation, isInjected } from './actor.ts';
import type { Choices, Subject } from './choices.ts';
import { emptyLedger, increment, type Ledger } from './ledger.ts';
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
  readonly lane: Queue;
  readonly stream: Stream;
  readonly due: DueItems;
  readonly ledger: Ledger;
  /** Whether there is anything left that may still make work. */
  readonly isAtWork: () => boolean;
  /** What is done when there is work again after there was none: schedules take up their rhythm. */
  readonly onWork: (() => void)[];
  readonly invoke: <T>(invocation: Invocation<T>) => void;
  readonly numbered: (label: string) => string;
  /** Seconds to wait before attempt 2, 3 and so on. */
  readonly delaysSeconds: readonly number[];
  readonly onFault: (kind: string) => void;
  /** Faults that took effect, by kind. */
  readonly faults: Map<string, number>;
  /** Says that something went wrong that no fault explains. */
  readonly unexpected: (who: string, error: unknown) => void;
  /** Whether something that waits for a promise has yet to run; asking says that it has run. */
  readonly takeSettled: () => boolean;
};

/** What waits for more than a queue can hold. Whoever writes does so by his own clock. */
export type DueItems = {
  readonly table: ReturnType<typeof fakeDueStore>;
  readonly at: <T>(nowMs: number, effect: () => Promise<T>) => Promise<T>;
};

const dueItems = (): DueItems => {
  let now = 0;
  return {
    table: fakeDueStore(() => now),
    at: (nowMs, effect) => {
      now = nowMs;
      return effect();
    },
  };
};

/** Who works on what arrives. Set once, by whoever populates the world. */
export type Consumers = {
  receiveTasks: (batch: readonly QueueMessage[]) => void;
  receiveInserts: (batch: readonly InsertedMessage[], ended: (how: Ended<unknown>) => void) => void;
};

export const START_MS = 1_800_000_000_000;
/** Faults stop after this; then everything has to come to rest. */
export const FAULTS_END_MS = 45 * 60_000;
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
  const due = dueItems();
  const isAtWork = (): boolean =>
    timeline.now() < START_MS + FAULTS_END_MS ||
    isUnderWay() ||
    due.table.size() + lane.waiting() + stream.waiting() > 0;
  return {
    startMs: START_MS,
    ...shared,
    due,
    isAtWork,
    onWork: [],
    table: tableInMemory(stream.insert),
    lane,
    stream,
    ledger,
    invoke,
    delaysSeconds: SCHEDULES[choices.choose('workload', 'schedule', [0.2, 0.25, 0.1, 0.2, 0.1])] ?? SCHEDULES[0],
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
