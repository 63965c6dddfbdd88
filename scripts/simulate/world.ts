import type { InsertedMessage } from '../../services/fanout/src/domain/fan-out.ts';
import { actors, type Ended, Injected, type Invocation } from './actor.ts';
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
  readonly ledger: Ledger;
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

/** Who works on what arrives. Set once, by whoever populates the world. */
export type Consumers = {
  receiveTasks: (batch: readonly QueueMessage[]) => void;
  receiveInserts: (batch: readonly InsertedMessage[], ended: (how: Ended<unknown>) => void) => void;
};

export const START_MS = 1_800_000_000_000;
/** Faults stop after this; then everything has to come to rest. */
export const FAULTS_END_MS = 25 * 60_000;
const FAULTS: readonly Subject[] = ['delay', 'throttle', 'crash', 'duplicate'];
const SCHEDULES = [
  [5, 60, 600],
  [5, 300, 900],
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
  const { invoke, numbered } = actors({ timeline, choices, story, onFault, onSettled });
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
  return {
    startMs: START_MS,
    ...shared,
    table: tableInMemory(stream.insert),
    lane,
    stream,
    ledger,
    invoke,
    delaysSeconds: SCHEDULES[choices.choose('workload', 'schedule', [0.3, 0.3, 0.2])] ?? SCHEDULES[0],
    faults,
    unexpected: (who, error) => {
      if (!(error instanceof Injected)) ledger.violations.push(`${who} fails by itself: ${String(error)}`);
    },
    takeSettled: () => {
      const was = isSettled;
      isSettled = false;
      return was;
    },
  };
};
