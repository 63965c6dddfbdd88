import type { Letter, LetterQueue, Outgoing } from './letter.ts';
import { afterwards, mostOfStep, secondsUntil } from './pace.ts';
import { putBack } from './put-back.ts';
import { beginning, type FailureStore, type Progress, type RunState, type StepEnd, shortened } from './run-state.ts';

/** What this use case needs from the outside. */
export type MovePorts = { readonly queue: LetterQueue; readonly now: () => number };

/** SQS's limit of one call. */
const MOST_AT_ONCE = 10;
/** For as long as a step takes. What a step that crashed had in hand shows again after it. */
export const HIDDEN_SECONDS = 30;
const LONGEST_STEP_MS = 20_000;
/** Empty answers in a row after which nothing more is thought to be there. */
const EMPTY_POLLS = 2;
/** Steps in a row without a message moved, after which a run ends although something is left. */
export const MOST_IDLE_STEPS = 3;
const REFUSED_WAIT_SECONDS = 5;

type DeadLetters = Extract<FailureStore, { kind: 'dead-letters' }>;

/**
 * Moves the next dead letters back into their queue. Each is sent before it is deleted, so that an end at any moment leaves
 * it in one queue at least; one that stands in both does no harm, because what a task would do twice has a derived key.
 * Messages sent after the run began are not touched, so that what fails again is moved once, and no more are moved than
 * were there.
 */
export const moveLetters = async (
  { ratePerSecond, progress: before }: RunState,
  store: DeadLetters,
  ports: MovePorts,
): Promise<StepEnd> => {
  const startedAt = ports.now();
  const progress = before ?? beginning(await ports.queue.depth(store.queueUrl), startedAt);
  const most = Math.min(mostOfStep(ratePerSecond), progress.there - progress.done);
  const page = await movePage(store, progress.beganAt, most, ports);
  const moved: Progress = {
    ...progress,
    done: progress.done + page.moved,
    notDeleted: progress.notDeleted + page.notDeleted,
    newer: page.newer,
    failed: page.failed,
    idle: page.moved > 0 ? 0 : progress.idle + 1,
    goesOnAt: afterwards(page.moved, ratePerSecond, startedAt, progress.goesOnAt),
  };
  if (moved.done >= moved.there) return { next: 'end', progress: { ...moved, endReason: 'all-met' } };
  if (page.moved === 0) return afterNothing(moved, page, store, ports);
  const waitSeconds = secondsUntil(moved.goesOnAt, ports.now());
  return waitSeconds === 0 ? { next: 'again', progress: moved } : { next: 'wait', progress: moved, waitSeconds };
};

/** Something may be left: what the queue refuses for now, or what somebody has in hand, who may have died. */
const afterNothing = async (
  progress: Progress,
  { failed, newer }: Page,
  { queueUrl }: DeadLetters,
  { queue }: MovePorts,
): Promise<StepEnd> => {
  if (progress.idle >= MOST_IDLE_STEPS) return { next: 'end', progress: { ...progress, endReason: 'idle' } };
  if (failed.length > 0) return { next: 'wait', progress, waitSeconds: REFUSED_WAIT_SECONDS };
  const hidden = (await queue.depth(queueUrl)) - newer;
  if (hidden > 0) return { next: 'wait', progress, waitSeconds: HIDDEN_SECONDS };
  return { next: 'end', progress: { ...progress, endReason: 'empty' } };
};

type Page = Pick<Progress, 'failed' | 'newer' | 'notDeleted'> & { readonly moved: number };

const movePage = async (store: DeadLetters, beganAt: number, most: number, ports: MovePorts): Promise<Page> => {
  const { queue, now } = ports;
  const kept: Letter[] = [];
  let inHand: readonly Letter[] = [];
  const page = { moved: 0, notDeleted: 0, newer: 0, failed: [] as Progress['failed'] };
  const until = now() + LONGEST_STEP_MS;
  try {
    for (let emptyPolls = 0; emptyPolls < EMPTY_POLLS && now() < until; ) {
      const wanted = Math.min(MOST_AT_ONCE, most - page.moved - page.failed.length);
      if (wanted <= 0) break;
      const received = await queue.receive(store.queueUrl, wanted, HIDDEN_SECONDS);
      inHand = received;
      emptyPolls = received.length === 0 ? emptyPolls + 1 : 0;
      const old = received.filter(({ sentAtMs }) => sentAtMs < beganAt);
      kept.push(...received.filter((letter) => !old.includes(letter)));
      page.newer += received.length - old.length;
      const { refused, notDeleted } = await move(store, old, queue);
      kept.push(...refused.map(({ letter }) => letter));
      page.failed.push(...refused.map(({ letter: { id }, reason }) => ({ id, reason: shortened(reason) })));
      page.moved += old.length - refused.length;
      page.notDeleted += notDeleted;
      inHand = [];
    }
    return page;
  } finally {
    await giveBack(store, [...kept, ...inHand], queue);
  }
};

const giveBack = ({ queueUrl }: DeadLetters, letters: readonly Letter[], queue: LetterQueue): Promise<void> =>
  queue.hide(
    queueUrl,
    letters.map(({ handle }) => handle),
    0,
  );

type Moved = {
  readonly refused: readonly { readonly letter: Letter; readonly reason: string }[];
  readonly notDeleted: number;
};

const move = async (store: DeadLetters, letters: readonly Letter[], queue: LetterQueue): Promise<Moved> => {
  if (letters.length === 0) return { refused: [], notDeleted: 0 };
  const isFifo = store.sourceUrl.endsWith('.fifo');
  const outgoing: Outgoing[] = letters.map((letter) => putBack(letter, isFifo));
  const refusals = new Map((await queue.send(store.sourceUrl, outgoing)).map(({ index, reason }) => [index, reason]));
  const sent = letters.filter((_, index) => !refusals.has(index));
  return {
    refused: letters.flatMap((letter, index) => {
      const reason = refusals.get(index);
      return reason === undefined ? [] : [{ letter, reason }];
    }),
    notDeleted: await queue.remove(
      store.queueUrl,
      sent.map(({ handle }) => handle),
    ),
  };
};
