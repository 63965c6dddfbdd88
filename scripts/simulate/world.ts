import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Lane } from '@fanfare/events/delivery-task';
import type { PressureSettings } from '../../services/delivery/src/domain/pressure-settings.ts';
import { type Actor, actors, type Ended, type Invocation, isInjected } from './actor.ts';
import type { Choices, Subject } from './choices.ts';
import { documentClient } from './document-client.ts';
import { fifoQueueInMemory } from './fifo-queue.ts';
import { emptyLedger, increment, type Ledger } from './ledger.ts';
import { onlooker } from './onlooker.ts';
import { MAX_RECEIVES, type Queue, type QueueMessage, type QueueOptions, queueInMemory } from './queue.ts';
import { LANE_URLS, LOGS_URL, PARK_URL, type QueueUrl } from './queues.ts';
import { PRESSURES, SCHEDULES } from './settings.ts';
import { type Story, storyOf } from './story.ts';
import { type Stream, type StreamRecord, streamInMemory } from './stream.ts';
import { type OnWrite, type Table, tableInMemory } from './table.ts';
import { type Timeline, timelineFrom } from './timeline.ts';
import { type WaitingDue, waitingDue } from './waiting-due.ts';

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
  /** Told of every write to the table. */
  readonly watchers: OnWrite[];
  readonly due: WaitingDue;
  readonly queues: Readonly<Record<QueueUrl, Queue>>;
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
  readonly pressure: PressureSettings;
  /** How long nothing but failure disables an endpoint. */
  readonly failingLimitMs: number;
  /** Nothing is delayed, refused, repeated or killed here: what is lost is lost by the stream alone. */
  readonly isCalm: boolean;
  /** Whether somebody accounts for what was accepted, so that the stream may lose something. */
  readonly isReconciled: boolean;
  readonly onFault: (kind: string) => void;
  /** Faults that took effect, by kind. */
  readonly faults: Map<string, number>;
  /** Says that something went wrong that no fault explains. */
  readonly unexpected: (who: string, error: unknown) => void;
  /** Whether something that waits for a promise has yet to run; asking says that it has run. */
  readonly takeSettled: () => boolean;
  /** Told of every clock that somebody works by. */
  readonly onClock: (skewMs: number) => void;
  /** How far two of them are apart. */
  readonly skewSpanMs: () => number;
  /** Since when endpoints answer whatever comes: everything has come to rest once. */
  readonly health: { areAllWell: boolean };
};

/** Who works on what arrives. Set once, by whoever populates the world. */
export type Consumers = {
  receiveTasks: (lane: Lane, batch: readonly QueueMessage[]) => void;
  receiveLooks: (batch: readonly QueueMessage[]) => void;
  receiveLogs: (message: QueueMessage) => void;
  receiveRecords: (batch: readonly StreamRecord[], ended: (how: Ended<unknown>) => void) => void;
};

export const START_MS = 1_800_000_000_000;
/** Faults stop after this; then everything has to come to rest. */
export const FAULTS_END_MS = 45 * 60_000;
/** A page that is throttled is asked for again. */
const PAGE_PAUSES_MS = [0, 5, 1_200] as const;
/** Between two pages of what fan-out reads somebody may make a change: that is waited for. */
const CHANGE_PAUSE = PAGE_PAUSES_MS.length;
const LONGEST_CHANGE_PAUSE_MS = 12_000;
const CHANGE_STEP_MS = 100;
/** How old what an eventually consistent read shows may be. */
const STALE_MS = [0, 30, 1_500] as const;
const FAULTS: readonly Subject[] = ['delay', 'throttle', 'crash', 'duplicate', 'stale', 'loss'];
/** Limits of the functions that read the queues: as in the template of delivery. */
const LANE_LIMIT_MS = 45_000;
export const LIMITS_MS = {
  ...{ webhook: LANE_LIMIT_MS, slow: LANE_LIMIT_MS, aws: LANE_LIMIT_MS, ordered: LANE_LIMIT_MS },
  park: 60_000,
} as const;
const TIMES_VISIBLE = 6;

export const makeWorld = (given: Choices, isTold: boolean, consumers: Consumers): World => {
  const timeline = timelineFrom(START_MS);
  const pick = (label: string, odds: readonly number[]): number => given.choose('workload', label, odds);
  const isCalm = pick('calm', [0.12]) > 0;
  const isReconciled = pick('reconciled', [0.45]) > 0;
  const isFaulty = (subject: Subject): boolean =>
    (subject === 'loss' ? isReconciled : !isCalm) && timeline.now() < START_MS + FAULTS_END_MS;
  const choices: Choices = {
    ...given,
    choose: (subject, label, odds) =>
      FAULTS.includes(subject) && !isFaulty(subject) ? 0 : given.choose(subject, label, odds),
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
  const queues = queuesOf(shared, ledger, consumers);
  const stream = streamInMemory({
    ...shared,
    receive: (batch, ended) => consumers.receiveRecords(batch, ended),
    onLoss: (batch) => {
      for (const { messageId } of batch) ledger.lost.add(messageId);
    },
  });
  let versions = 0;
  const onWrite: OnWrite = (write) => {
    if (write.after?.kind === 'application-version') versions += 1;
    for (const told of watchers) told(write);
  };
  const table = tableInMemory(onWrite, timeline.now);
  const due = waitingDue(table, timeline.now);
  const pressure = PRESSURES[pick('pressure', [0.4, 0.2])] ?? PRESSURES[0];
  const watchers: OnWrite[] = [stream.onWrite, due.onWrite, onlooker({ ledger, table, timeline, pressure }).onWrite];
  const waiting = (): number =>
    due.count() + stream.waiting() + Object.values(queues).reduce((sum, queue) => sum + queue.waiting(), 0);
  return {
    startMs: START_MS,
    ...shared,
    ...{ table, watchers, due, queues, stream, ledger, invoke, faults, isCalm, isReconciled, pressure },
    objects: new Map(),
    clientFor: clientsOf(table, choices, numbered, { count: () => versions }),
    isAtWork: () => timeline.now() < START_MS + FAULTS_END_MS || isUnderWay() || waiting() > 0,
    onWork: [],
    delaysSeconds: SCHEDULES[pick('schedule', [0.2, 0.25, 0.1, 0.2, 0.1])] ?? SCHEDULES[0],
    failingLimitMs: pick('failing limit', [0.2]) > 0 ? 10 * 60_000 : 5 * 24 * 3_600_000,
    unexpected: (who, error) => {
      if (!isInjected(error)) ledger.violations.push(`${who} fails by itself: ${String(error)}`);
    },
    takeSettled: () => {
      const was = isSettled;
      isSettled = false;
      return was;
    },
    ...clocks(),
    health: { areAllWell: false },
  };
};

const clocks = (): Pick<World, 'onClock' | 'skewSpanMs'> => {
  let [least, most] = [0, 0];
  return {
    onClock: (skewMs) => {
      [least, most] = [Math.min(least, skewMs), Math.max(most, skewMs)];
    },
    skewSpanMs: () => most - least,
  };
};

type Shared = Pick<World, 'timeline' | 'choices' | 'story' | 'onFault' | 'numbered'>;

const queuesOf = (shared: Shared, ledger: Ledger, consumers: Consumers): World['queues'] => {
  const optionsOf = (
    name: QueueUrl,
    limitMs: number,
    batchSize: number,
    receive: (batch: readonly QueueMessage[]) => void,
  ): QueueOptions => ({
    ...shared,
    ...{ name, batchSize, receive, visibilityMs: TIMES_VISIBLE * limitMs },
    onDeadLetter: ({ label, receives, faults: suffered }) => {
      if (suffered < MAX_RECEIVES) {
        ledger.violations.push(`${label} is dead after ${receives - 1} receives, of which ${suffered} met a fault`);
      }
    },
    onRepeat: ({ label }) => increment(ledger.repeats, label.split(' ')[0] ?? ''),
  });
  const lane = (which: Lane): Queue =>
    queueInMemory(optionsOf(LANE_URLS[which], LIMITS_MS[which], 10, (batch) => consumers.receiveTasks(which, batch)));
  return {
    [LANE_URLS.webhook]: lane('webhook'),
    [LANE_URLS.slow]: lane('slow'),
    [LANE_URLS.aws]: lane('aws'),
    [PARK_URL]: queueInMemory(optionsOf(PARK_URL, LIMITS_MS.park, 2, (batch) => consumers.receiveLooks(batch))),
    [LOGS_URL]: fifoQueueInMemory(
      optionsOf(LOGS_URL, LIMITS_MS.ordered, 1, (batch) => {
        for (const message of batch) consumers.receiveLogs(message);
      }),
    ),
  };
};

const clientsOf =
  (
    table: Table,
    choices: Choices,
    numbered: World['numbered'],
    changes: { readonly count: () => number },
  ): World['clientFor'] =>
  (actor, about) => {
    const pauseOdds = about === 'fan-out' ? [0.2, 0.3, 0.4] : [0.3, 0.4];
    const pageOdds = about === 'fan-out' ? [0.5] : [0.3];
    const untilChange = async (waiting: Actor): Promise<void> => {
      const before = changes.count();
      for (let ms = 0; ms < LONGEST_CHANGE_PAUSE_MS && changes.count() === before; ms += CHANGE_STEP_MS)
        await waiting.wait(CHANGE_STEP_MS);
    };
    return documentClient(
      table,
      async ({ label, isNextPage, ...call }) => {
        const point = `${about}: ${label}`;
        const pause = isNextPage ? choices.choose('workload', numbered(`${point}, pause`), pauseOdds) : 0;
        if (pause === CHANGE_PAUSE) await untilChange(actor());
        else if (pause > 0) await actor().wait(PAGE_PAUSES_MS[pause] ?? 0);
        return actor().call({ ...call, label: point });
      },
      {
        // The last item of a query may come on a page of its own, read later.
        pageLimit: (label, found) =>
          choices.choose('workload', numbered(`${about}: ${label}, pages`), pageOdds) > 0 ? found - 1 || 1 : found,
        asOf: (label) =>
          timelineNow(actor) -
          (STALE_MS[choices.choose('stale', numbered(`${about}: ${label}, stale`), [0.2, 0.2])] ?? 0),
      },
    );
  };

const timelineNow = (actor: () => Actor): number => actor().now() - actor().environment.skewMs;
