import { orGiveBack } from './give-back.ts';
import type { LetterQueue } from './letter.ts';
import { afterwards, mostOfStep, secondsUntil } from './pace.ts';
import {
  beginning,
  type EndReason,
  type Progress,
  type RecordInHand,
  type RunState,
  type StepEnd,
} from './run-state.ts';
import { MOST_FAILED, type RecordStore, settle, stays, type Taken, takenAway } from './settle-record.ts';
import { type CalledAgain, type Work, workOfRecord } from './work-of-record.ts';

/** A record as it lies in its store. */
export type StoredRecord = {
  readonly id: string;
  /** Of a queue's message. */
  readonly handle?: string;
  readonly writtenAtMs: number;
  readonly text: string;
};

/** What this use case needs from the outside. */
export type RedoPorts = {
  readonly queue: Pick<LetterQueue, 'receive' | 'remove' | 'hide' | 'depth'>;
  readonly bucket: RecordBucket;
  /** Has a function called, some time soon and by its name. Answers why, when Lambda does not take the call. */
  readonly callAgain: (name: CalledAgain, payload: string) => Promise<string | undefined>;
  readonly now: () => number;
  readonly stage: string;
};

/** Objects of a bucket, in the order of their keys. */
export type RecordBucket = {
  /** How many were written before a time. */
  readonly count: (bucket: string, beforeMs: number) => Promise<number>;
  /** The next one after a key that was written before a time. */
  readonly next: (bucket: string, after: string | undefined, beforeMs: number) => Promise<StoredRecord | undefined>;
  readonly remove: (bucket: string, key: string) => Promise<void>;
};

/** Longer than the calls for a record take. What a run that is stopped had in hand, or had set aside, shows again after it. */
export const RECORD_HIDDEN_SECONDS = 1_800;
/** A step that crashes between taking a record and saying so hides it for this long. */
const TAKEN_SECONDS = 30;
const LONGEST_STEP_MS = 20_000;
/** Steps in a row that find nothing, or calls that fail as a whole, before a run ends: no record would be better off. */
export const MOST_IDLE = 3;
/** A walk over a bucket begins at the same objects each time: a few that cannot be done must not hide what lies behind them. */
export const MOST_IDLE_IN_BUCKET = 20;

/**
 * Does again what the next records of a store are about, and takes away what could be done. What cannot stays, with its
 * reason. A record is taken away after it was done: what is done twice finds its attempts or messages standing.
 */
export const redoRecords = (state: RunState, store: RecordStore, ports: RedoPorts): Promise<StepEnd> =>
  orGiveBack(store, ports.queue, (queue) => redoNext(state, store, { ...ports, queue }));

const redoNext = async (state: RunState, store: RecordStore, ports: RedoPorts): Promise<StepEnd> => {
  const startedAt = ports.now();
  const begun = state.progress ?? (await begin(store, startedAt, ports));
  const settled = begun.hand === undefined ? begun : await settle(begun, begun.hand, state, store, ports);
  if (settled.hand !== undefined) return callFor(settled, settled.hand, store, ports);
  const { progress, isEmpty } = await takeRecords(settled, state.ratePerSecond, startedAt, store, ports);
  if (progress.hand !== undefined) return callFor(progress, progress.hand, store, ports);
  const over = reasonToEnd(progress, store);
  if (over !== undefined) return end(progress, over, store, ports);
  if (isEmpty) return afterNothing(progress, store, ports);
  const count = progress.done - begun.done;
  const goesOnAt = afterwards(count, state.ratePerSecond, startedAt, progress.goesOnAt);
  const waitSeconds = secondsUntil(goesOnAt, ports.now());
  const paced = { ...progress, goesOnAt };
  return waitSeconds === 0 ? { next: 'again', progress: paced } : { next: 'wait', progress: paced, waitSeconds };
};

const begin = async (store: RecordStore, nowMs: number, { queue, bucket }: RedoPorts): Promise<Progress> =>
  beginning(
    store.kind === 'records-queue' ? await queue.depth(store.queueUrl) : await bucket.count(store.bucket, nowMs),
    nowMs,
  );

/** A walk over a bucket needs to remember nothing of what stays: work that can be done may lie behind any number of it. */
const reasonToEnd = (progress: Progress, { kind }: RecordStore): EndReason | undefined => {
  const { done, failed, alsoFailed, newer, there, idle } = progress;
  if (done + failed.length + alsoFailed >= there) return 'all-met';
  if (kind === 'records-queue' && failed.length + newer >= MOST_FAILED) return 'too-many-stay';
  return idle >= (kind === 'records-bucket' ? MOST_IDLE_IN_BUCKET : MOST_IDLE) ? 'idle' : undefined;
};

type Taking = { readonly progress: Progress; readonly isEmpty: boolean };

/** Takes records one by one until one needs a call of the state machine, or this is enough for a step. */
const takeRecords = async (
  before: Progress,
  ratePerSecond: number,
  startedAt: number,
  store: RecordStore,
  ports: RedoPorts,
): Promise<Taking> => {
  let progress = before;
  while (reasonToEnd(progress, store) === undefined && progress.done - before.done < mostOfStep(ratePerSecond)) {
    if (ports.now() >= startedAt + LONGEST_STEP_MS) break;
    const record = await takeOne(progress, store, ports);
    if (record === undefined) return { progress, isEmpty: true };
    if (store.kind === 'records-bucket') progress = { ...progress, after: record.id };
    progress = await doOne(progress, record, store, ports);
    if (progress.hand !== undefined) break;
  }
  return { progress, isEmpty: false };
};

const takeOne = async (
  { beganAt, after }: Progress,
  store: RecordStore,
  { queue, bucket }: RedoPorts,
): Promise<StoredRecord | undefined> => {
  if (store.kind === 'records-bucket') return bucket.next(store.bucket, after, beganAt);
  for (let poll = 0; poll < 2; poll += 1) {
    const [letter] = await queue.receive(store.queueUrl, 1, TAKEN_SECONDS);
    if (letter !== undefined) {
      const { id, handle, sentAtMs, body } = letter;
      return { id, handle, writtenAtMs: sentAtMs, text: body };
    }
  }
  return undefined;
};

const doOne = async (
  progress: Progress,
  record: StoredRecord,
  store: RecordStore,
  ports: RedoPorts,
): Promise<Progress> => {
  const { id, handle, writtenAtMs, text } = record;
  const taken: Taken = { id, ...(handle === undefined ? {} : { handle }) };
  const isMetAgain = id in progress.held;
  if (handle !== undefined && (isMetAgain || writtenAtMs >= progress.beganAt)) {
    await hideLong(taken, store, ports);
    return { ...progress, newer: progress.newer + (isMetAgain ? 0 : 1), held: { ...progress.held, [id]: handle } };
  }
  const work = workOfRecord(text, ports.stage, store.name);
  if (work.kind === 'refan') return { ...progress, hand: { ...taken, requests: [...work.requests] } };
  const problem = work.kind === 'unreadable' ? work.reason : await callsAgain(work, ports);
  if (problem === undefined) return takenAway(progress, taken, store, ports);
  await hideLong(taken, store, ports);
  return stays(progress, taken, problem);
};

const callsAgain = async (
  { functionName, payloads }: Extract<Work, { kind: 'call' }>,
  { callAgain }: RedoPorts,
): Promise<string | undefined> => {
  for (const payload of payloads) {
    const problem = await callAgain(functionName, payload);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const callFor = async (
  progress: Progress,
  hand: RecordInHand,
  store: RecordStore,
  ports: RedoPorts,
): Promise<StepEnd> => {
  const [call] = hand.requests;
  if (call === undefined) throw new Error('a record in hand has a request');
  await hideLong(hand, store, ports);
  return { next: 'call', progress, call };
};

const hideLong = async ({ handle }: Taken, store: RecordStore, { queue }: RedoPorts): Promise<void> => {
  if (store.kind !== 'records-queue' || handle === undefined) return;
  await queue.hide(store.queueUrl, [handle], RECORD_HIDDEN_SECONDS);
};

/** What a step had in hand that crashed shows again soon. */
const afterNothing = async (progress: Progress, store: RecordStore, ports: RedoPorts): Promise<StepEnd> => {
  const hidden =
    store.kind === 'records-queue' ? (await ports.queue.depth(store.queueUrl)) - Object.keys(progress.held).length : 0;
  if (hidden <= 0) return end(progress, 'empty', store, ports);
  return { next: 'wait', progress: { ...progress, idle: progress.idle + 1 }, waitSeconds: TAKEN_SECONDS };
};

const end = async (
  progress: Progress,
  endReason: EndReason,
  store: RecordStore,
  { queue }: RedoPorts,
): Promise<StepEnd> => {
  if (store.kind === 'records-queue') await queue.hide(store.queueUrl, Object.values(progress.held), 0);
  return { next: 'end', progress: { ...progress, held: {}, endReason } };
};
